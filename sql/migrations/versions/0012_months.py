"""Let whoever waited for a month that another was making see that it is there."""

from sql.migrations import script

revision = "0012_months"
down_revision = "0011_sums"


def upgrade() -> None:
    """Run 0012_months.sql."""
    script.run(__file__)
