"""Add the senders that push, and the leases of workers."""

from sql.migrations import script

revision = "0006_people"
down_revision = "0005_pages"


def upgrade() -> None:
    """Run 0006_people.sql."""
    script.run(__file__)
