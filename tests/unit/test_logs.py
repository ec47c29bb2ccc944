import json
import logging

import pytest
import structlog

from sql import logs


@pytest.fixture(autouse=True)
def as_before():
    kept, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    logging.getLogger().handlers[:] = kept
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_a_line_of_json_names_its_feed_and_load_whoever_writes_it(capsys):
    logs.begin("info", "json")
    with logs.about(feed="portal", load=7):
        structlog.get_logger("etl").info("pulled", merged=3)
        logging.getLogger("celery").warning("slow %s", "broker", extra={"frame": 12})
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert {"event": "pulled", "feed": "portal", "load": 7, "merged": 3, "level": "info"}.items() <= ours.items()
    assert {
        "event": "slow broker",
        "feed": "portal",
        "load": 7,
        "frame": 12,
        "level": "warning",
    }.items() <= theirs.items()
    assert ours["timestamp"].endswith("Z")


def fail(name: str) -> None:
    citizen = f"{name} Văn Riêng"
    try:
        raise ValueError(f"một\n{len(citizen)}")
    except ValueError:
        logging.getLogger("web").exception("failed")


def test_an_error_in_json_is_one_line_without_the_data_that_it_met(capsys):
    logs.begin("info", "json")
    fail("Nguyễn")
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["exception"][0]["exc_type"] == "ValueError"
    assert "Riêng" not in line.replace('citizen = f"{name} Văn Riêng"', "")


def test_an_error_on_the_console_shows_no_data_that_it_met(capsys):
    logs.begin("info", "console")
    fail("Nguyễn")
    said = capsys.readouterr().err
    assert "ValueError: một" in said
    assert "Nguyễn" not in said


def test_what_is_below_the_level_is_not_written(capsys):
    logs.begin("warning", "console")
    structlog.get_logger("etl").info("pulled")
    logging.getLogger("celery").info("ready")
    assert capsys.readouterr().err == ""


def test_the_console_is_for_eyes(capsys):
    logs.begin("info", "console")
    structlog.get_logger("etl").info("published", frame=12)
    said = capsys.readouterr().err
    assert "published" in said
    assert "frame=12" in said
