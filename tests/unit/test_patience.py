import socket
import threading
from contextlib import closing

import psycopg2
import pytest

from sql import database, patience


@pytest.fixture(autouse=True)
def patiently(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_S", 0.5)
    patience.begin()
    yield
    patience.end()


def test_answers_come_as_ever(postgres):
    with closing(database.connect(postgres)) as conn, conn, conn.cursor() as cursor:
        cursor.execute("select generate_series(1, 20000)")
        assert len(cursor.fetchall()) == 20_000
        with pytest.raises(psycopg2.errors.DivisionByZero):
            cursor.execute("select 1 / 0")


def test_a_server_that_takes_a_connection_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(psycopg2.OperationalError, match="did not answer within"):
            database.connect(f"postgresql+psycopg2://me@127.0.0.1:{port}/city?sslmode=disable&gssencmode=disable")


def test_a_question_that_hangs_closes_its_connection(postgres):
    with closing(database.connect(postgres)) as conn:
        with pytest.raises(psycopg2.OperationalError, match="did not answer within"), conn.cursor() as cursor:
            cursor.execute("select pg_sleep(30)")
        assert conn.closed


def test_connections_of_threads_wait_for_themselves(postgres):
    def ask(found):
        with closing(database.connect(postgres)) as conn, conn, conn.cursor() as cursor:
            cursor.execute("select pg_sleep(0.1), 766")
            found.append(cursor.fetchone()[1])

    found = []
    threads = [threading.Thread(target=ask, args=(found,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [766] * 4
