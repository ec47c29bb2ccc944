"""Connections to Postgres: a raw one for COPY and the load path, a pool for everything else."""

import psycopg2
import psycopg2.extensions
from sqlalchemy import Engine, create_engine

PROGRAM = "leadership-dashboard"
CONNECT_TIMEOUT_S = 5


def connect(url: str, name: str = PROGRAM) -> psycopg2.extensions.connection:
    """Open a psycopg2 connection in UTC that shows as `name` in pg_stat_activity.

    Raises psycopg2.OperationalError when Postgres does not answer within 5 s.
    """
    return psycopg2.connect(dsn(url), **_options(name))


def engine(url: str, name: str = PROGRAM, pool_size: int = 4) -> Engine:
    """Make a pool of connections in UTC; one that died is replaced when it is next asked for."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args=_options(name),
    )


def dsn(url: str) -> str:
    """Return the URL as libpq reads it, without SQLAlchemy's driver.

    >>> dsn("postgresql+psycopg2://me@db/city")
    'postgresql://me@db/city'
    """
    return url.replace("postgresql+psycopg2://", "postgresql://", 1)


def _options(name: str) -> dict[str, object]:
    return {
        "application_name": name[:63],
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": "-c timezone=UTC",
        "keepalives_idle": 10,  # a host that is gone is found out within half a minute
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
