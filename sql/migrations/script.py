"""What every revision does: run the SQL file that bears its name."""

from pathlib import Path

from alembic import op

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"


def run(revision_file: str) -> None:
    """Run the .sql file beside `revision_file` as one script, inside Alembic's transaction.

    A lock that is not free within 5 s, or a statement over 15 min, undoes the whole revision.
    """
    source = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    cursor = op.get_bind().connection.cursor()
    cursor.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'; set local statement_timeout = '{STATEMENT_TIMEOUT}'")
    cursor.execute(source)  # without parameters: a % and a ; inside a function body are plain text
    cursor.close()
