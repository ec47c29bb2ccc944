"""Keep the rollups by triggers, in the transaction that changes a fact."""

from sql.migrations import script

revision = "0002_rollups"
down_revision = "0001_facts"


def upgrade() -> None:
    """Run 0002_rollups.sql."""
    script.run(__file__)
