"""Add the indexes of the case lists."""

from sql.migrations import script

revision = "0009_cases"
down_revision = "0008_senders"


def upgrade() -> None:
    """Run 0009_cases.sql."""
    script.run(__file__)
