"""The outside world: a separate HTTP program that plays the systems of a city."""
