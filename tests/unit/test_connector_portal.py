import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etl import extract, feeds
from tests.unit.feed_files import NOW, Asked, Reply, feed_from, pulled, rejected_of, rows_of, serving

ZONE = '[times]\nzone = "Asia/Ho_Chi_Minh"'
SECRETS = {"PORTAL_USER": "city", "PORTAL_PASSWORD": "open sesame"}


def dossier(number: int, **fields: Any) -> dict[str, Any]:
    """Make a record as the portal sends it, with all that tells of a person."""
    return {
        "MaHoSo": f"H29.36-260105-{number:04d}",
        "MaTTHC": "1.001193",
        "KenhThucHien": "2",
        "ChuHoSo": "NGUYEN VAN A",
        "SoDienThoai": "0901234567",
        "NgayTiepNhan": "20260105083000",
        "NgayHenTra": "20260107170000",
        "NgayKetThucXuLy": "",
        "TrangThaiHoSo": "4",
        "DonViXuLy": "UBND Phường Sài Gòn",
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "079012345678"}],
        "NgayCapNhat": "20261122093000",
    } | fields


class Portal:
    """Play the portal: one login, sessions that may be lost, pages."""

    def __init__(self, records: list[Any], lose: int = 0):
        self.records, self.lose, self.logins = records, lose, 0

    def __call__(self, asked: Asked) -> Reply | dict[str, Any]:
        if asked.path.endswith("/mapi/login"):
            self.logins += 1
            if asked.data != {"username": "city", "password": "open sesame"}:
                return {"error_code": "-2", "message": "Sai mật khẩu"}
            return {"session": f"s{self.logins}", "error_code": 0, "message": ""}
        if asked.data["session"] != f"s{self.logins}" or self.lose:
            self.lose = max(0, self.lose - 1)
            return {"error_code": "-1", "message": "Phiên làm việc đã hết hạn"}
        first = (asked.data["trang"] - 1) * asked.data["soBanGhi"]
        page = self.records[first : first + asked.data["soBanGhi"]]
        more = first + len(page) < len(self.records)
        return {"error_code": "00", "message": "", "data": page, "tongSo": len(self.records), "conTiep": more}


def portal_feed(folder: Path, url: str, dataset: str = "dossiers", more: str = "") -> feeds.Feed:
    connector = (
        f'kind = "portal"\nurl = "{url}/portal"\nusername = "${{PORTAL_USER}}"\npassword = "${{PORTAL_PASSWORD}}"\n'
        f'unit_code = "000.00.00.H29"\nsize = 2\n{more}'
    )
    return feed_from(folder, connector, dataset=dataset, more=ZONE)


def test_every_page_is_read_under_one_session_and_the_cursor_is_the_newest_change(tmp_path):
    portal = Portal([dossier(n, NgayCapNhat=f"202611220930{n:02d}") for n in range(5)])
    with serving(portal) as server:
        batches = pulled(portal_feed(tmp_path, server.url), secrets=SECRETS)
    assert [row["MaHoSo"][-1] for row in rows_of(batches)] == list("01234")
    assert [row["row_no"] for row in rows_of(batches)] == [1, 2, 3, 4, 5]
    assert portal.logins == 1
    assert [asked.data["trang"] for asked in server.asked[1:]] == [1, 2, 3]
    assert server.asked[1].data["service"] == "DongBoHoSoMC"
    assert server.asked[1].data["madonvi"] == "000.00.00.H29"
    assert batches[-1].cursor == {"since": "2026-11-22T02:30:04+00:00"}
    assert batches[-1].read_bytes > 0
    assert batches[-1].total_bytes is None


def test_a_pull_begins_before_the_cursor_and_a_first_one_at_its_start(tmp_path):
    with serving(Portal([])) as server:
        feed = portal_feed(tmp_path, server.url)
        batches = pulled(feed, {"since": "2026-11-22T02:00:00+00:00"}, secrets=SECRETS)
        first = pulled(feed, secrets=SECRETS)
    assert server.asked[1].data["tuNgay"] == "20261122085000"
    assert "denNgay" not in server.asked[1].data
    assert server.asked[3].data["tuNgay"] == "20261023100000"
    assert batches[-1].cursor == {"since": "2026-11-22T02:00:00+00:00"}
    assert (first[-1].rows, first[-1].cursor) == (0, None)


def test_a_backfill_asks_for_its_window_and_leaves_the_cursor_alone(tmp_path):
    with serving(Portal([dossier(1)])) as server:
        window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, microsecond=1, tzinfo=UTC))
        batches = pulled(portal_feed(tmp_path, server.url), {"since": "2026-11-22T02:00:00Z"}, *window, secrets=SECRETS)
    assert (server.asked[1].data["tuNgay"], server.asked[1].data["denNgay"]) == ("20260101070000", "20260102070001")
    assert batches[-1].cursor == {"since": "2026-11-22T02:00:00Z"}


@pytest.mark.parametrize(
    ("changed", "cursor"),
    [
        ("20271122093000", {"since": NOW.isoformat()}),  # not into the future
        ("20261122060000", {"since": "2026-11-22T02:00:00+00:00"}),  # not backwards
        ("rubbish", {"since": "2026-11-22T02:00:00+00:00"}),
    ],
)
def test_the_cursor_moves_neither_backwards_nor_into_the_future(tmp_path, changed, cursor):
    with serving(Portal([dossier(1, NgayCapNhat=changed)])) as server:
        feed = portal_feed(tmp_path, server.url)
        batches = pulled(feed, {"since": "2026-11-22T02:00:00+00:00"}, secrets=SECRETS)
    assert batches[-1].cursor == cursor


def test_only_the_last_batch_moves_the_cursor(tmp_path, monkeypatch):
    monkeypatch.setattr("etl.connectors.pull.ROWS_GATHERED", 2)
    with serving(Portal([dossier(n) for n in range(5)])) as server:
        batches = pulled(portal_feed(tmp_path, server.url), secrets=SECRETS)
    assert [batch.rows for batch in batches] == [2, 2, 1]
    assert [batch.cursor for batch in batches] == [None, None, {"since": "2026-11-22T02:30:00+00:00"}]


def test_a_lost_session_is_opened_again_once(tmp_path):
    portal = Portal([dossier(1)], lose=1)
    with serving(portal) as server:
        assert len(rows_of(pulled(portal_feed(tmp_path, server.url), secrets=SECRETS))) == 1
        assert portal.logins == 2
        portal.lose = 2
        with pytest.raises(extract.FeedError, match=r"f: /portal/mapi/g: refused with error_code -1: Phiên làm việc"):
            pulled(portal_feed(tmp_path, server.url), secrets=SECRETS)


def test_a_refusal_carries_the_message_of_the_portal(tmp_path):
    with (
        serving(Portal([])) as server,
        pytest.raises(
            extract.FeedError, match=r"f: /portal/mapi/login: refused with error_code -2: Sai mật khẩu"
        ) as caught,
    ):
        pulled(portal_feed(tmp_path, server.url), secrets=SECRETS | {"PORTAL_PASSWORD": "wrong secret"})
    assert "wrong secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error_code": "0", "data": {"MaHoSo": 1}}, "has no list of records at 'data'"),
        ({"error_code": "0", "data": [], "conTiep": True}, "says that more records follow, and sends none"),
        ({"error_code": "0", "data": [{"MaHoSo": 1}], "conTiep": True}, "sends the same page again"),
        ({"error_code": "0", "data": [{"MaHoSo": 1}], "tongSo": 99}, "sends the same page again"),
        ({"data": []}, "refused with error_code missing: no message"),
        ([1], "answered JSON that is no envelope"),
        ("<html>Bảo trì</html>", "answered HTML or XML, not JSON"),
        ("", "answered with nothing"),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_no_endless_loop(tmp_path, answer, reason):
    def reply(asked: Asked) -> Reply | dict[str, Any]:
        return {"session": "s", "error_code": "0"} if asked.path.endswith("login") else Reply(answer)

    with serving(reply) as server, pytest.raises(extract.FeedError, match=reason) as caught:
        pulled(portal_feed(tmp_path, server.url), secrets=SECRETS)
    assert (caught.value.file, caught.value.key) == ("f", "/portal/mapi/g")
    assert len(server.asked) < 5


def test_without_a_sign_pages_go_on_while_they_are_full(tmp_path):
    pages = {1: [dossier(1), dossier(2)], 2: [dossier(3)]}

    def reply(asked: Asked) -> dict[str, Any]:
        return {"session": "s", "error_code": "0"} | (
            {"data": pages[asked.data["trang"]]} if "trang" in asked.data else {}
        )

    with serving(reply) as server:
        assert len(rows_of(pulled(portal_feed(tmp_path, server.url), secrets=SECRETS))) == 3


def test_what_the_url_asks_with_is_kept(tmp_path):
    with serving(Portal([])) as server:
        feed = portal_feed(
            tmp_path, server.url, more='login = "mapi/login?dstcode=VN:G22"\ndata = "mapi/g?dstcode=VN:G22"'
        )
        pulled(feed, secrets=SECRETS)
    assert {asked.query["dstcode"] for asked in server.asked} == {"VN:G22"}


def test_columns_are_the_same_in_every_batch_of_a_pull(tmp_path, monkeypatch):
    monkeypatch.setattr("etl.connectors.pull.ROWS_GATHERED", 1)
    bare = {key: value for key, value in dossier(1).items() if key not in ("NgayCapNhat", "NgayNopHoSo")}
    with serving(Portal([bare, dossier(2)])) as server:
        batches = pulled(portal_feed(tmp_path, server.url), secrets=SECRETS)
    assert len({tuple(batch.table.column_names) for batch in batches}) == 1
    assert rows_of(batches)[0]["NgayCapNhat"] is None


def test_steps_leave_the_officer_behind(tmp_path):
    step = {
        "MaHoSo": "H29",
        "NguoiXuLy": "TRAN THI B",
        "ChucDanh": "Chuyên viên",
        "ThoiDiemXuLy": "20261122093000",
        "PhongBanXuLy": "Tư pháp",
        "NoiDungXuLy": "Chuyển hồ sơ của ông A",
        "TrangThai": "4",
        "NgayBatDau": "20261122090000",
    }
    with serving(Portal([step, "rubbish"])) as server:
        batches = pulled(portal_feed(tmp_path, server.url, "steps"), secrets=SECRETS)
    assert server.asked[1].data["service"] == "CapNhatTienDoHoSoMC"
    assert rows_of(batches) == [
        {
            "MaBuoc": None,
            "MaHoSo": "H29",
            "DonViXuLy": None,
            "PhongBanXuLy": "Tư pháp",
            "NgayBatDau": "20261122090000",
            "NgayKetThucTheoQuyDinh": None,
            "TrangThai": "4",
            "ThoiDiemXuLy": "20261122093000",
            "row_no": 1,
        }
    ]
    assert rejected_of(batches) == [extract.Rejected(2, {}, "not a record", "not an object")]


def test_a_pull_without_a_zone_is_an_error(tmp_path):
    connector = 'kind = "portal"\nurl = "http://127.0.0.1:9/x"'
    feed = feed_from(tmp_path, connector, dataset="dossiers", more="")
    with pytest.raises(extract.FeedError, match=r"times\.zone"):
        pulled(feed)


def from_file(folder: Path, content: Any, dataset: str = "dossiers") -> list[extract.Batch]:
    path = folder / "data.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return list(extract.from_file(portal_feed(folder, "http://127.0.0.1", dataset), path))


def envelope(service: str, *records: Any) -> dict[str, Any]:
    return {"session": "", "madonvi": "000.00.00.H29", "data": list(records), "service": service}


STEP = {"MaHoSo": "step", "TrangThai": "4"}
MIXED = [
    envelope("DongBoHoSoMC", dossier(1), dossier(2)),
    envelope("CapNhatTienDoHoSoMC", STEP),
    envelope("DongBoHoSoMC", dossier(3)),
]


@pytest.mark.parametrize(
    ("content", "dossiers", "steps"),
    [
        (MIXED, 3, 1),
        ({"_note": "x", "first.one": MIXED[0], "data": MIXED[1], "answer": {"error_code": "0"}}, 2, 1),
        (MIXED[0], 2, None),
        ({"error_code": "0", "data": [dossier(1)]}, 1, 1),
    ],
)
def test_envelopes_of_a_file_are_told_apart_by_their_service(tmp_path, content, dossiers, steps):
    assert len(rows_of(from_file(tmp_path, content))) == dossiers
    if steps is None:
        with pytest.raises(
            extract.FeedError, match="no envelope of CapNhatTienDoHoSoMC; services in the file: DongBoHoSoMC"
        ):
            from_file(tmp_path, content, "steps")
    else:
        assert len(rows_of(from_file(tmp_path, content, "steps"))) == steps


def test_nested_lists_and_objects_of_a_record_are_part_of_it(tmp_path):
    supplements = {"DanhSachHoSoBoSung": [{"data": [{"MaHoSo": "inner"}], "service": "x"}], "service": "DongBoHoSoMC"}
    rows = rows_of(from_file(tmp_path, [envelope("DongBoHoSoMC", dossier(1, **supplements), dossier(2))]))
    assert [row["MaHoSo"][-4:] for row in rows] == ["0001", "0002"]


def test_an_optional_column_that_no_record_of_a_file_has_is_left_out(tmp_path):
    bare = {key: value for key, value in dossier(1).items() if key != "NgayCapNhat"}
    assert "NgayCapNhat" not in from_file(tmp_path, envelope("DongBoHoSoMC", bare))[0].table.column_names
    both = from_file(tmp_path, envelope("DongBoHoSoMC", bare, dossier(2)))
    assert [row["NgayCapNhat"] for row in rows_of(both)] == [None, "20261122093000"]


def test_elements_that_are_no_records_are_refused_one_by_one(tmp_path):
    batches = from_file(tmp_path, envelope("DongBoHoSoMC", 7, [1], dossier(1), "NGUYEN VAN A", None))
    assert [row["row_no"] for row in rows_of(batches)] == [3]
    assert [row.row_no for row in rejected_of(batches)] == [1, 2, 4, 5]


@pytest.mark.parametrize("content", ["[]", "3", '{"a": 1}', json.dumps([dossier(1)])])
def test_a_file_without_envelopes_is_an_error(tmp_path, content):
    with pytest.raises(extract.FeedError, match="no envelope of DongBoHoSoMC; services in the file: none"):
        from_file(tmp_path, content)


def test_a_broken_file_is_an_error_that_says_where(tmp_path):
    with pytest.raises(extract.FeedError, match=r"is broken JSON after record 0, line 1, column \d+") as caught:
        from_file(tmp_path, json.dumps(MIXED)[:-40])
    assert "NGUYEN" not in str(caught.value)
