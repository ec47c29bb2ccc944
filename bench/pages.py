"""What each question of the pages costs the database, at two sizes of the city, beside the same panels on the facts."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg2.extensions import connection as Connection

from bench import city, framing, year
from bench.rows import Row, smaller
from etl import feeds, folding, runs
from sql import database, queries

LIMIT_MS, GROWTH = 30.0, 1.5
SMALL_ROWS = 1_000_000
REPEAT = 9
LOOKUPS = 2_000
STEMS = ("frame", "overview", "lateness", "satisfaction", "sameday", "hotline", "cases", "sources")
ASKED = {  # of the questions that stand among those of the job that attributes
    "attribution": ("holders", "owed", "shares_city", "shares_units", "traces", "ended"),
    "letters": ("judged", "reviews", "never_sent", "owed_cases"),
}
NO_PAGE = {("cases", "scope")}
EVER = datetime(2999, 1, 1, tzinfo=UTC)
WEEK_END = {"to_at": framing.last_evening() - timedelta(days=14)}  # late then: two weeks ago
HERE = "at time zone 'Asia/Ho_Chi_Minh'"
DONE = "accepted_at is not null and ended_at is not null and coalesce(status, 9) not in (3, 7, 8)"
PANELS = {  # the same on the facts: what a dashboard asks that has no rollups
    "city totals": f"""
        select count(*), count(*) filter (where ended_at is null), count(*) filter (where {DONE} and ended_at <= due_at)
        from dossier""",
    "on time by unit, 30 days": f"""
        select unit_id, count(*), count(*) filter (where ended_at <= due_at)
        from dossier where {DONE} and ended_at >= %(month)s group by 1""",
    "late now by unit and field": """
        select unit_id, field_id, count(*) from dossier join procedure as p on p.id = procedure_id
        where ended_at is null and due_at < %(at)s group by 1, 2""",
    "late by week": f"""
        select date_trunc('week', ended_at {HERE}), count(*)
        from dossier where {DONE} and ended_at > due_at group by 1""",
    "late procedures": f"""
        select procedure_id, count(*), count(*) filter (where ended_at > due_at)
        from dossier where {DONE} group by 1 order by 3 desc limit 20""",
    "satisfaction": f"""
        select unit_id, count(*), count(rating_min), count(*) filter (where rating_min >= 2)
        from dossier where {DONE} and ended_at >= %(month)s group by 1""",
}
Costs = dict[str, float]


def measure(rows: int) -> list[Row]:
    """Time every question at a million dossiers (a quarter of fewer) and at `rows`."""
    small = min(SMALL_ROWS, rows // 4)
    with city.folder() as place, city.server() as server:
        told = []
        for size in (small, rows):
            with server.city() as url:
                fill(url, place / "year.csv", size)
                server.settle()
                told.append((questions(url), panels(url), lookups(url)))
    return judged(small, rows, *told)


def judged(small: int, rows: int, part: tuple[Costs, Costs, Costs], whole: tuple[Costs, Costs, Costs]) -> list[Row]:
    """Return the slowest questions, the growth of all of them, panels and lookups as rows."""
    slowest = sorted(whole[0], key=lambda name: -whole[0][name])
    before, after = (sum(costs[name] for name in slowest) for costs in (part[0], whole[0]))
    found = [smaller(f"page query {name} at {rows:,} (ms)", whole[0][name], LIMIT_MS, 1.0) for name in slowest[:12]]
    found.append(
        smaller(
            f"page queries ({len(slowest)}), growth from {small:,} to {rows:,} (times)", after / before, GROWTH, 1.0
        )
    )
    found += [
        Row(f"panel on the facts: {name} at {rows:,} (ms)", ms, peer={f"at {small:,}": part[1][name]})
        for name, ms in whole[1].items()
    ]
    found.append(
        smaller("a dossier by its code, by month against one piece (ms)", whole[2]["parted"], whole[2]["whole"], None)
    )
    return found


def fill(url: str, path: Path, rows: int) -> None:
    """Load a year and leave the database as a night leaves it: folded, vacuumed, analyzed."""
    year.write(path, year.City.of(city.read_profile()), rows)
    outcome = runs.load_file(url, feeds.read(year.FEED), path, lambda counts, batch: None)
    path.unlink()
    if outcome.error:
        raise RuntimeError(outcome.error)
    settle(url)


def settle(url: str) -> None:
    """Fold, vacuum and analyze."""
    with closing(database.connect(url)) as conn:
        folding.compact(conn, framing.last_evening())
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute("vacuum analyze")


def questions(url: str) -> Costs:
    """Return the median ms of every question that a page asks."""
    with closing(database.connect(url, "bench pages")) as conn:
        with conn, conn.cursor() as cursor:
            cursor.execute("set app.units = '*'")  # whoever asks may read every case file
            cursor.execute("select array_agg(id) from (select id from unit order by id limit 8) as first")
            values = _values(cursor.fetchone()[0])
        asked = [(stem, name) for stem in STEMS for name in queries.load(stem)]
        asked += [(stem, name) for stem, names in ASKED.items() for name in names]
        costs = {}
        for stem, name in asked:
            wanted = set(queries.PARAMETER.findall(queries.load(stem)[name]))
            if (stem, name) in NO_PAGE or wanted - set(values):
                continue
            more = WEEK_END if (stem, name) == ("cases", "late_then") else {}
            given = {one: (values | more)[one] for one in wanted}
            costs[f"{stem}.{name}"] = timed(conn, queries.raw(stem, name), given)
    return costs


def _values(units: list[int]) -> dict[str, Any]:
    """Return what the questions are asked with: a whole year, everything that may be left out left out."""
    at, day = framing.last_evening(), year.LAST_DAY
    first = day - timedelta(days=364)
    monday = first - timedelta(days=first.weekday())
    window: dict[str, Any] = {"first": monday, "from_on": monday, "through": day, "today": day}
    window |= {
        "week_ago": day - timedelta(days=7),
        "from_at": at - timedelta(days=365),
        "to_at": EVER,
        "at": at,
        "now": at,
        "bounds": [at - timedelta(days=days) for days in (42, 10, 5)],
    }
    choice: dict[str, Any] = dict.fromkeys(("field", "procedure", "holder", "category", "feed", "slot"))
    choice |= {"units": units, "is_sent": False, "late": True, "reopened": False, "zone": "Asia/Ho_Chi_Minh"}
    page = {
        "limit": 100,
        "most": 100,
        "offset": 0,
        "after_key": -1e300,
        "after_code": "",
        "sort": "due",
        "state": "held",
    }
    return window | choice | page


def panels(url: str) -> Costs:
    """Return the median ms of the six panels straight on the facts, warm."""
    at = framing.last_evening()
    values = {"at": at, "month": at - timedelta(days=30)}
    with closing(database.connect(url, "bench panels")) as conn:
        return {name: timed(conn, text, values, 3) for name, text in PANELS.items()}


def timed(conn: Connection, text: str, values: dict[str, Any], repeat: int = REPEAT) -> float:
    """Return the median ms of a query, its rows read, after it has been asked once."""
    taken = []
    for _ in range(repeat + 1):
        with conn, conn.cursor() as cursor:
            cursor.execute("set local timezone = 'Asia/Ho_Chi_Minh'")
            started = time.perf_counter()
            cursor.execute(text, values)
            cursor.fetchall()
            taken.append(time.perf_counter() - started)
    return 1000 * statistics.median(taken[1:])


def lookups(url: str) -> Costs:
    """Return the ms of finding a dossier by its code: by month, and in the same table in one piece."""
    parted = "select * from dossier where code = %(code)s and month = dossier_month(%(code)s)"
    with closing(database.connect(url, "bench lookups")) as conn:
        with conn, conn.cursor() as cursor:
            cursor.execute("create unlogged table in_one_piece as select * from dossier")
            cursor.execute("alter table in_one_piece add primary key (code)")
            cursor.execute("select code from in_one_piece tablesample system (5) limit %s", (LOOKUPS,))
            codes = [code for (code,) in cursor.fetchall()]
        whole = "select * from in_one_piece where code = %(code)s"
        return {"parted": _each(conn, parted, codes), "whole": _each(conn, whole, codes)}


def _each(conn: Connection, text: str, codes: list[str]) -> float:
    with conn, conn.cursor() as cursor:
        for code in codes:  # warm
            cursor.execute(text, {"code": code})
        started = time.perf_counter()
        for code in codes:
            cursor.execute(text, {"code": code})
            cursor.fetchone()
        return 1000 * (time.perf_counter() - started) / max(1, len(codes))
