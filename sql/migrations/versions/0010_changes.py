"""Make changed dossiers cheaper to follow."""

from sql.migrations import script

revision = "0010_changes"
down_revision = "0009_cases"


def upgrade() -> None:
    """Run 0010_changes.sql."""
    script.run(__file__)
