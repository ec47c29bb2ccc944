"""Ask once a query, and not once a row, whose case files may be read."""

from sql.migrations import script

revision = "0013_readers"
down_revision = "0012_months"


def upgrade() -> None:
    """Run 0013_readers.sql."""
    script.run(__file__)
