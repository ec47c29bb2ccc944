"""Create the registry, the facts, the ledger of loads and the frames."""

from sql.migrations import script

revision = "0001_facts"
down_revision = None


def upgrade() -> None:
    """Run 0001_facts.sql."""
    script.run(__file__)
