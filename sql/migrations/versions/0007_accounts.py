"""Add accounts, the notes they pin to figures, and the view that bounds whose case files they see."""

from sql.migrations import script

revision = "0007_accounts"
down_revision = "0006_people"


def upgrade() -> None:
    """Run 0007_accounts.sql."""
    script.run(__file__)
