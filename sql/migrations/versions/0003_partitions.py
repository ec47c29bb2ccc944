"""Cut the big facts by month, and fold their rollups by week."""

from sql.migrations import script

revision = "0003_partitions"
down_revision = "0002_rollups"


def upgrade() -> None:
    """Run 0003_partitions.sql."""
    script.run(__file__)
