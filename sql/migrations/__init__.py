"""The migrations: numbered, forward-only, plain SQL."""
