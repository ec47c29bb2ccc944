import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from dashboard import accounts, users
from dashboard.accounts import AccountError, Accounts
from dashboard.app import create_app
from dashboard.tally import Tally
from sql import database
from sql.settings import Settings
from tests.db.newswire import Clock
from tests.unit.boards import own_pages, page

PASSWORD = "a long enough word"
HERE = {"origin": "http://testserver", "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def engine(city: str) -> Iterator[Any]:
    made = database.engine(city, "tests")
    yield made
    made.dispose()


@pytest.fixture
def unit(city: str) -> str:
    with closing(database.connect(city)) as conn, conn.cursor() as cursor:
        cursor.execute("select key from unit where level <> 'city' and id <> 0 order by position limit 1")
        return cursor.fetchone()[0]


@pytest.fixture
def app(city: str, engine: Any, unit: str) -> Iterator[FastAPI]:
    with engine.begin() as db:
        accounts.add(db, "lead", "leader", [], PASSWORD)
        accounts.add(db, "chair", "chair", [unit], PASSWORD)
        accounts.add(db, "stats", "statistician", [], PASSWORD)
    with own_pages():
        settings = Settings(database_url=city, redis_url="", secret_key="only for tests")
        yield create_app(settings, pages_=[page()], register=lambda *_: None, tally=Tally())


class Visitor:
    """A browser that keeps its cookies."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, given))

    async def _request(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", cookies=self.cookies) as client:
            answer = await client.request(method, path, **given)
            self.cookies = client.cookies
            return answer

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)


def browser(app: FastAPI) -> Visitor:
    return Visitor(app)


def sign_in(client: Visitor, name: str, password: str = PASSWORD, **form: str) -> httpx.Response:
    return client.post("/dang-nhap", content=urlencode({"name": name, "password": password, **form}), headers=HERE)


def test_who_signs_in_is_known_until_signing_out(app):
    client = browser(app)
    assert client.get("/api/v1/me").json() == {"name": None, "role": None, "units": [], "may_pin": False}
    answer = sign_in(client, "lead", next="/tre-han?geo=24")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tre-han?geo=24")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get("/api/v1/me").json()["name"] == "lead"
    client.post("/dang-xuat", headers=HERE)
    assert client.get("/api/v1/me").json()["name"] is None


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(app):
    client = browser(app)
    for name, password in (("lead", "wrong password"), ("nobody", PASSWORD)):
        answer = sign_in(client, name, password)
        assert (answer.status_code, answer.headers["location"]) == (303, "/dang-nhap?failed=1&next=/")
        assert "set-cookie" not in answer.headers


def test_after_eight_wrong_tries_the_right_password_does_not_help(app):
    client = browser(app)
    for _ in range(8):
        sign_in(client, "lead", "wrong password")
    assert "failed" in sign_in(client, "lead").headers["location"]
    assert "failed" not in sign_in(client, "stats").headers["location"]


def test_a_form_of_another_site_is_refused(app):
    client = browser(app)
    answer = client.post("/dang-nhap", content="name=lead", headers=HERE | {"origin": "https://evil.test"})
    assert answer.status_code == 403


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(app, wanted):
    assert sign_in(browser(app), "lead", next=wanted).headers["location"] == "/"


def test_a_session_ends_when_its_time_is_over_or_its_account_is_disabled(engine):
    clock = Clock()
    known = Accounts(engine, clock)
    with engine.begin() as db:
        accounts.add(db, "lead", "leader", [], PASSWORD)
    token = known.sign_in("lead", PASSWORD, "127.0.0.1")
    assert known.of_token(token).name == "lead"
    with engine.begin() as db:
        accounts.disable(db, "lead")
    assert Accounts(engine, clock).of_token(token) is None
    with engine.begin() as db:
        accounts.add(db, "lead", "leader", [], PASSWORD)
    token = known.sign_in("lead", PASSWORD, "127.0.0.1")
    later = clock() + timedelta(days=15)
    assert Accounts(engine, lambda: later).of_token(token) is None


def test_neither_passwords_nor_tokens_stand_in_the_database(engine):
    known = Accounts(engine, Clock())
    with engine.begin() as db:
        accounts.add(db, "lead", "leader", [], PASSWORD)
    token = known.sign_in("lead", PASSWORD, "127.0.0.1")
    with engine.begin() as db:
        kept = str(db.exec_driver_sql("select (select array_agg(a) from account a)::text, "
                                      "(select array_agg(s) from account_session s)::text").all())  # fmt: skip
    assert PASSWORD not in kept
    assert token not in kept
    assert "argon2id" in kept


def test_an_account_that_cannot_be_is_refused_with_a_sentence(engine):
    with engine.begin() as db:
        for role, units, password, said in (
            ("king", [], PASSWORD, "role must be one of"),
            ("chair", [], PASSWORD, "a chair needs units"),
            ("leader", [], "short", "10 characters"),
            ("chair", ["no-such"], PASSWORD, "there is no unit no-such"),
        ):
            with pytest.raises(AccountError, match=said):
                accounts.add(db, "somebody", role, units, password)
        with pytest.raises(AccountError, match="no account"):
            accounts.disable(db, "somebody")


def note(unit: str | None = None, **changed: Any) -> dict[str, Any]:
    day = datetime.now(UTC).date().isoformat()
    return {"unit": unit, "indicator": "dossiers_late", "day": day, "words": "chuyển hệ thống, số liệu trễ"} | changed


def test_a_leader_pins_a_note_that_everybody_reads_and_takes_it_down_again(app, unit):
    client = browser(app)
    assert client.post("/api/v1/notes", json=note()).status_code == 401
    sign_in(client, "lead")
    made = client.post("/api/v1/notes", json=note(unit))
    assert made.status_code == 201
    [row] = browser(app).get("/api/v1/notes").json()
    assert (row["unit"], row["indicator"], row["author"]) == (unit, "dossiers_late", "lead")
    assert row["words"] == "chuyển hệ thống, số liệu trễ"
    assert browser(app).get("/api/v1/notes?unit=city").json() == []
    assert client.delete(f"/api/v1/notes/{row['id']}").status_code == 204
    assert client.get("/api/v1/notes").json() == []
    assert client.delete(f"/api/v1/notes/{row['id']}").status_code == 404


def test_a_chair_pins_notes_to_the_own_units_alone_and_a_statistician_to_none(app, unit):
    chair = browser(app)
    sign_in(chair, "chair")
    assert chair.post("/api/v1/notes", json=note(unit)).status_code == 201
    assert chair.post("/api/v1/notes", json=note(None)).status_code == 403
    stats = browser(app)
    sign_in(stats, "stats")
    assert stats.post("/api/v1/notes", json=note(unit)).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [{"indicator": "no_such"}, {"unit": "no-such"}, {"words": "  "}, {"day": "2001-01-01"}, {"words": "x" * 501}],
)
def test_a_note_on_nothing_is_refused(app, wrong):
    client = browser(app)
    sign_in(client, "lead")
    assert client.post("/api/v1/notes", json=note(**wrong)).status_code == 422


def test_pinning_is_written_down(app, engine):
    client = browser(app)
    sign_in(client, "lead")
    client.post("/api/v1/notes", json=note())
    with engine.begin() as db:
        rows = db.exec_driver_sql(
            "select actor, action, detail::text from audit_event where actor = 'lead' order by id"
        ).all()
    assert [row[:2] for row in rows] == [("lead", "signed in"), ("lead", "note pinned")]
    assert json.loads(rows[1][2])["indicator"] == "dossiers_late"


def test_a_simulated_city_gets_its_demo_accounts_once(city):
    lines = users.add_demo(city)
    assert len(lines) == 4
    assert users.add_demo(city) == ()
    name, password = lines[0].split()[:2]
    known = Accounts(database.engine(city, "tests"), Clock())
    assert known.sign_in(name, password, "127.0.0.1")


def test_case_files_show_nothing_until_it_is_said_whose(engine, unit):
    with engine.begin() as db:
        db.exec_driver_sql(
            "insert into dossier (code, unit_id, accepted_at, version_at, columns, load_id) "
            "select 'A-' || id, id, now(), now(), 0, 0 from unit"
        )
        total = db.exec_driver_sql("select count(*) from unit").scalar_one()
    for units, seen in (("", 0), ("*", total), (unit, 1), ("no-such", 0), (f"{unit},no-such", 1)):
        with engine.begin() as db:
            db.exec_driver_sql("select set_config('app.units', %s, true)", (units,))
            assert db.exec_driver_sql("select count(*) from case_file").scalar_one() == seen
    with engine.begin() as db:
        assert db.exec_driver_sql("select count(*) from case_file").scalar_one() == 0
