"""What the tests of the database share."""

from collections.abc import Iterator

import psycopg2.extensions
import pytest

from sql import database


@pytest.fixture
def conn(city: str) -> Iterator[psycopg2.extensions.connection]:
    """A psycopg2 connection to the database of `city`."""
    opened = database.connect(city)
    yield opened
    opened.close()
