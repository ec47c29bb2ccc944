"""The release step: migrate the database, load the profile."""

from pathlib import Path

from sql import embedded, migrate
from sql.settings import Settings


def release(settings: Settings) -> int:
    """Migrate the database and load PROFILE."""
    return load_profile(settings, settings.profile)


def load_profile(settings: Settings, folder: Path) -> int:
    """Check a profile folder and load it into a migrated database, telling what changed.

    Raises profile.ProfileError with every problem of the folder; then nothing is loaded.
    """
    with embedded.ensure(settings, valkey=False) as servers:
        if migrate.upgrade(servers.database_url):
            print(f"migrated to {migrate.head()}")
        counts = embedded.load_profile(servers.database_url, folder)
    print(_told(folder, counts))
    return 0


def _told(folder: Path, counts: dict | None) -> str:
    said = [
        f"{verb} {', '.join(f'{count} {table}' for table, count in tables.items())}"
        for verb, tables in (counts or {}).items()
        if isinstance(tables, dict) and verb in ("added", "changed", "retired") and tables
    ]
    return f"{folder}: {'; '.join(said) or 'nothing has changed'}"
