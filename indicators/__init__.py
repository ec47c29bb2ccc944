"""What the numbers mean: pure functions without I/O, the clock always passed in."""
