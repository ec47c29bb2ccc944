"""The database: connections, migrations, queries, and what both programs share with it."""
