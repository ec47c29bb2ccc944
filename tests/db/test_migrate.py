"""Migrations on the real server."""

import threading

from sql import database, migrate
from tests.conftest import create_database, named


def test_an_up_to_date_database_is_left_alone(database_url):
    assert migrate.upgrade(database_url) is False


def test_two_processes_that_migrate_at_once_both_end_well(postgres):
    create_database(postgres, "migrated_twice", "template0")
    url = named(postgres, "migrated_twice")
    failures = []

    def upgrade():
        try:
            migrate.upgrade(url)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection = database.connect(url)
    assert not failures
    assert migrate.current(connection) == migrate.head()
    connection.close()


def test_a_fresh_database_each_test(connection):
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from unit")
        assert cursor.fetchone() == (1,)
        cursor.execute("show timezone")
        assert cursor.fetchone() == ("UTC",)
