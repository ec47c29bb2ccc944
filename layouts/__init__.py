"""What pages look like: pure functions that return components."""
