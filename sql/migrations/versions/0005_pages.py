"""Add the rollups of the hotline and of satisfaction."""

from sql.migrations import script

revision = "0005_pages"
down_revision = "0004_lateness"


def upgrade() -> None:
    """Run 0005_pages.sql."""
    script.run(__file__)
