"""Add who held a late dossier, for how long, and the letters that are owed for it."""

from sql.migrations import script

revision = "0004_lateness"
down_revision = "0003_partitions"


def upgrade() -> None:
    """Run 0004_lateness.sql."""
    script.run(__file__)
