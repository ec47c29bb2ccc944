"""Add accounts, notes and the senders that push."""

from sql.migrations import script

revision = "0006_people"
down_revision = "0005_pages"


def upgrade() -> None:
    """Run 0006_people.sql."""
    script.run(__file__)
