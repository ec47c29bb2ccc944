"""What pages do: one module a page, each with register(app, store)."""
