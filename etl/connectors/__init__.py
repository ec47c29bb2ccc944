"""Readers of the outside world: each turns a file or a server's answers into batches of mapped columns."""
