"""The push door: other people's software calls, and is answered once what it said is stored."""
