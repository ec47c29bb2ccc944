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


def test_an_error_in_json_is_one_line(capsys):
    logs.begin("info", "json")
    try:
        raise ValueError("một\nhai")
    except ValueError:
        logging.getLogger("web").exception("failed")
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["exception"][0]["exc_type"] == "ValueError"


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
