"""Add how promptly the software of each unit tells of what has happened."""

from sql.migrations import script

revision = "0008_senders"
down_revision = "0007_accounts"


def upgrade() -> None:
    """Run 0008_senders.sql."""
    script.run(__file__)
