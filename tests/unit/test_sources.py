"""What the page of data sources makes of the ledger's rows."""

from callbacks import sources

FEED = {
    "id": "portal", "read": 5_000, "load_started_at": "2026-11-22T10:00:00+07:00",
    "load_finished_at": "2026-11-22T10:00:02.500000+07:00",
}  # fmt: skip


def test_the_speed_of_a_load_is_rows_per_second() -> None:
    assert sources.speed(FEED) == 2_000


def test_a_load_that_runs_or_never_was_has_no_speed() -> None:
    assert sources.speed(FEED | {"load_finished_at": None}) is None
    assert sources.speed(FEED | {"load_started_at": None, "load_finished_at": None}) is None


def test_a_load_that_took_no_time_has_no_speed() -> None:
    assert sources.speed(FEED | {"load_finished_at": FEED["load_started_at"]}) is None


def test_a_refused_row_is_one_line_of_what_was_received() -> None:
    row = {"id": 7, "reason": "unknown unit", "row": {"MaDonVi": "Quận 13", "MaHoSo": None}}
    assert sources.refused_row(row) == {
        "id": 7, "row_id": "7", "reason": "unknown unit", "row_text": '{"MaDonVi": "Quận 13", "MaHoSo": null}',
    }  # fmt: skip
