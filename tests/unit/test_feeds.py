import re
from pathlib import Path

import pytest

from etl import feeds

GOOD = {
    "feed": 'id = "boston311"\ndataset = "tickets"\ntitle = "Boston 311"\nlate_after = "10m"',
    "connector": 'kind = "csv"',
    "columns": 'code = "CASE"\nopened_at = "OPEN_DT"\nunit = "hood"\ncategory = "TYPE"',
}
PULLED = GOOD | {"connector": 'kind = "http_json"\nurl = "http://127.0.0.1/x"'}


def write(folder: Path, tables: dict[str, str]) -> Path:
    path = folder / "feed.toml"
    path.write_text("\n\n".join(f"[{name}]\n{body}" for name, body in tables.items()), "utf-8")
    return path


def refusal(folder: Path, **changed: str) -> feeds.FeedError:
    tables = GOOD | {name.replace("__", "."): body for name, body in changed.items()}
    with pytest.raises(feeds.FeedError) as caught:
        feeds.read(write(folder, tables))
    return caught.value


def test_a_feed_file_is_read_with_every_default(tmp_path):
    feed = feeds.read(write(tmp_path, GOOD))
    assert (feed.id, feed.dataset, feed.title) == ("boston311", "tickets", "Boston 311")
    assert (feed.late_after_s, feed.every_s) == (600, None)
    assert feed.columns == {"code": "CASE", "opened_at": "OPEN_DT", "unit": "hood", "category": "TYPE"}
    assert feed.times == feeds.Times("iso8601", None)
    assert feed.connector == feeds.Connector("csv", "utf-8", "", {"delimiter": ",", "quote": '"'})
    assert feed.values == feed.unknown == {}
    assert not feed.pulled


def test_the_hash_follows_the_bytes_of_the_file(tmp_path):
    one = feeds.read(write(tmp_path, GOOD)).hash
    assert one == feeds.read(write(tmp_path, GOOD)).hash
    assert one != feeds.read(write(tmp_path, GOOD | {"times": 'zone = "UTC"'})).hash


def test_a_source_column_that_serves_twice_is_read_once(tmp_path):
    feed = feeds.read(write(tmp_path, GOOD | {"columns": GOOD["columns"] + '\nchannel = "TYPE"'}))
    assert feed.source_columns == ("CASE", "OPEN_DT", "hood", "TYPE")


def test_the_zone_of_the_profile_fills_in_for_a_feed_without_one(tmp_path):
    feed = feeds.read(write(tmp_path, GOOD))
    assert feed.with_zone("Asia/Ho_Chi_Minh").times.zone == "Asia/Ho_Chi_Minh"
    own = feeds.read(write(tmp_path, GOOD | {"times": 'zone = "Europe/Paris"'}))
    assert own.with_zone("Asia/Ho_Chi_Minh").times.zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("5s", 5), ("10m", 600), ("1h", 3600), ("2d", 172800), ("1.5h", 5400)]
)
def test_durations_are_read(text, seconds):
    assert feeds.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 minutes", "-5s", "0s", "5s5s", 5, None])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is not a duration such as"):
        feeds.duration(text)


@pytest.mark.parametrize(
    ("changed", "key", "reason"),
    [
        ({"feed": GOOD["feed"].replace("late_after", "late_afer")}, "feed.late_afer", "did you mean late_after?"),
        ({"feed": 'id = "x"\ndataset = "tickets"'}, "feed.late_after", "is missing"),
        ({"feed": GOOD["feed"].replace("10m", "soon")}, "feed.late_after", "'soon' is not a duration"),
        ({"feed": GOOD["feed"].replace("boston311", "Boston 311")}, "feed.id", "is not made of"),
        ({"feed": GOOD["feed"].replace("tickets", "ticket")}, "feed.dataset", "did you mean tickets?"),
        ({"feed": GOOD["feed"] + '\nevery = "5s"'}, "feed.every", "csv is a file"),
        ({"connector": 'kind = "cvs"'}, "connector.kind", "did you mean csv?"),
        ({"connector": 'kind = "csv"\ndelimeter = ";"'}, "connector.delimeter", "did you mean delimiter?"),
        ({"connector": 'kind = "csv"\ndelimiter = "::"'}, "connector.delimiter", "not one ASCII character"),
        ({"connector": 'kind = "csv"\nencoding = "utf-9"'}, "connector.encoding", "not an encoding"),
        ({"connector": 'kind = "csv"\nurl = "http://x"'}, "connector.url", "csv is a file"),
        ({"connector": 'kind = "http_json"'}, "connector.url", "is missing"),
        ({"connector": 'kind = "http_json"\nurl = "http://x"\nretries = -1'}, "connector.retries", "whole number"),
        ({"connector": 'kind = "http_json"\nurl = "http://x"\noverlap = 5'}, "connector.overlap", "not a duration"),
        (
            {"connector": 'kind = "http_json"\nurl = "http://x"\npaging = {kind = "nxt"}'},
            "connector.paging.kind",
            "none of",
        ),
        (
            {"connector": 'kind = "http_json"\nurl = "http://x"\npaging = {sise = 5}'},
            "connector.paging.sise",
            "mean size?",
        ),
        (
            {"connector": 'kind = "http_json"\nurl = "http://x"\nheaders = "x"'},
            "connector.headers",
            "not a table of texts",
        ),
        ({"connector": 'kind = "portal"\nurl = "http://x"'}, "feed.dataset", "which gives dossiers, steps"),
        ({"columns": GOOD["columns"] + '\nopend_at = "X"'}, "columns.opend_at", "did you mean opened_at?"),
        ({"columns": GOOD["columns"] + "\nstatus = 3"}, "columns.status", "not the name of a column"),
        ({"columns": 'code = "CASE"\nunit = "hood"'}, "columns.opened_at", "tickets need opened_at"),
        ({"times": 'fromat = "x"'}, "times.fromat", "did you mean format?"),
        ({"times": 'format = "%H:%M"'}, "times.format", "it loses the day"),
        ({"times": 'format = "nonsense"'}, "times.format", "neither iso8601 nor"),
        ({"times": 'zone = "Hanoi"'}, "times.zone", "not a time zone"),
        ({"values__chanel": "a = 'b'"}, "values.chanel", "is not known here"),
        ({"values__category": "a = 1.5"}, "values.category.a", "not one of"),
        ({"unknown": 'unit = "ignore"'}, "unknown.unit", "it is one of refuse, keep, create"),
        ({"unknown": 'code = "keep"'}, "unknown.code", "known: unit, category"),
        ({"fed": "a = 1"}, "fed", "did you mean feed?"),
    ],
)
def test_every_mistake_names_the_file_the_key_and_the_reason(tmp_path, changed, key, reason):
    error = refusal(tmp_path, **changed)
    assert (error.key, error.file) == (key, str(tmp_path / "feed.toml"))
    assert reason in error.reason
    assert str(error).startswith(f"{tmp_path / 'feed.toml'}: {key}: ")


def test_broken_toml_and_a_missing_file_are_told(tmp_path):
    (tmp_path / "feed.toml").write_text("[feed\n")
    with pytest.raises(feeds.FeedError, match=r"is not TOML: .*line 1"):
        feeds.read(tmp_path / "feed.toml")
    with pytest.raises(feeds.FeedError, match="cannot be read"):
        feeds.read(tmp_path / "none.toml")


def test_a_channel_of_dossiers_is_one_of_four(tmp_path):
    dossiers = {
        "feed": GOOD["feed"].replace("tickets", "dossiers"),
        "columns": 'code = "c"\nunit = "u"\nsubmitted_at = "s"\nchannel = "k"\nstatus = "t"',
    }
    error = refusal(tmp_path, **dossiers, values__channel='"Web" = "online"')
    assert error.key == "values.channel.Web"
    assert "online_full, online_partial, counter, post" in error.reason
    good = GOOD | dossiers | {"values.channel": '"Web" = "online_full"', "values.status": '"Closed" = 9'}
    assert feeds.read(write(tmp_path, good)).values == {"channel": {"Web": "online_full"}, "status": {"Closed": "9"}}


def test_a_dossier_needs_either_instant_of_its_beginning(tmp_path):
    tables = GOOD | {"feed": GOOD["feed"].replace("tickets", "dossiers")}
    assert refusal(tmp_path, **tables | {"columns": 'code = "c"\nunit = "u"'}).reason == (
        "dossiers need accepted_at or submitted_at"
    )
    assert feeds.read(write(tmp_path, tables | {"columns": 'code = "c"\nunit = "u"\nsubmitted_at = "s"'})).columns


PORTAL = 'kind = "portal"\nurl = "http://127.0.0.1/portal"'


def test_the_portal_needs_no_mapping(tmp_path):
    tables = {"feed": GOOD["feed"].replace("tickets", "dossiers"), "connector": PORTAL}
    feed = feeds.read(write(tmp_path, tables))
    assert feed.columns["stopped_at"] == "NgayTuChoi"
    assert feed.times.format == "%Y%m%d%H%M%S"
    assert feed.values["channel"] == {"1": "counter", "2": "online_full", "3": "post", "": "counter"}
    assert feed.optional == {"NgayCapNhat", "NgayYeuCauBoSung"}


def test_a_feed_file_overrides_what_is_built_in_and_may_drop_a_column(tmp_path):
    tables = {
        "feed": GOOD["feed"].replace("tickets", "dossiers"),
        "connector": PORTAL,
        "columns": 'unit = "MaDonVi"\nreturned_at = ""\nchanged_at = "NgayCapNhat"',
        "times": 'format = "iso8601"',
        "values.channel": '"2" = "online_partial"',
    }
    feed = feeds.read(write(tmp_path, tables))
    assert feed.columns["unit"] == "MaDonVi"
    assert "returned_at" not in feed.columns
    assert feed.times.format == "iso8601"
    assert feed.values["channel"]["2"] == "online_partial"
    assert feed.values["channel"]["3"] == "post"


@pytest.mark.parametrize(
    ("dataset", "connector", "columns"),
    [
        ("dossiers", PORTAL, 'unit = "ChuHoSo"'),
        ("steps", PORTAL, 'agency = "NguoiXuLy"'),
        ("dossiers", PORTAL, 'unit = "DinhDanhCHS.SoDinhDanh"'),
        ("tickets", 'kind = "open311"\nurl = "http://x"', 'channel = "description"'),
        ("tickets", 'kind = "open311"\nurl = "http://x"', 'unit = "address"'),
    ],
)
def test_what_tells_of_a_person_cannot_be_mapped(tmp_path, dataset, connector, columns):
    tables = {"feed": GOOD["feed"].replace("tickets", dataset), "connector": connector, "columns": columns}
    with pytest.raises(feeds.FeedError, match="tells of a person and is never loaded"):
        feeds.read(write(tmp_path, tables))


def test_categories_of_open311_are_names_or_codes_by_option(tmp_path):
    connector = 'kind = "open311"\nurl = "http://x"'
    by_name = feeds.read(write(tmp_path, {"feed": GOOD["feed"], "connector": connector}))
    by_code = feeds.read(
        write(tmp_path, {"feed": GOOD["feed"], "connector": f'{connector}\ncategory = "service_code"'})
    )
    assert (by_name.columns["category"], by_code.columns["category"]) == ("service_name", "service_code")


def test_secrets_come_from_the_environment_by_name(tmp_path):
    connector = (
        'kind = "http_json"\nurl = "${CITY_URL}/kpi"\nheaders = { Authorization = "Bearer ${KEY}" }\noverlap = "1m"'
    )
    feed = feeds.read(write(tmp_path, PULLED | {"connector": connector}))
    known = {"CITY_URL": "https://city.example", "KEY": r"a\1b"}
    filled = feeds.expand(feed, known.get)
    assert filled.connector.url == "https://city.example/kpi"
    assert filled.connector.options["headers"] == {"Authorization": r"Bearer a\1b"}
    assert filled.connector.options["overlap"] == 60
    with pytest.raises(feeds.FeedError, match=r"connector\.headers\.Authorization: .* KEY is not set"):
        feeds.expand(feed, {"CITY_URL": "https://city.example"}.get)
    with pytest.raises(feeds.FeedError, match=re.escape("does not begin with http")):
        feeds.expand(feed, (known | {"CITY_URL": "file:///etc"}).get)


def test_each_dataset_can_be_fed_with_what_it_needs():
    for dataset, groups in feeds.REQUIRED.items():
        assert all(column in feeds.CANONICAL[dataset] for group in groups for column in group)
    assert all(column in feeds.CANONICAL[dataset] for dataset, column in feeds.VOCABULARY)
