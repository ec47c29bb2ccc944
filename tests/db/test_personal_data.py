"""Nothing that tells of a person gets past extract: no table holds it, wherever the record came from or ended up."""

from __future__ import annotations

import csv
import json
from contextlib import closing

import openpyxl
import pytest

from etl import runs
from etl.publish import Publisher, Stream
from sql import database, frames
from tests.db.deliveries import feed_of, loaded, one, rows

AT = "2026-11-20T09:00:00"
SECRETS = {
    "name": "Nguyễn Thị Kín Đáo", "phone": "0909876543", "identity": "079185004321", "email": "kin.dao@example.vn",
    "address": "12/3 Hẻm Im Lặng", "text": "Con tôi bị bệnh hiểm nghèo", "birthday": "1985-03-07",
    "passport": "C1234567",
}  # fmt: skip
COLUMNS = ("code", "opened_at", "unit", "category")
GOOD = {"code": "T1", "opened_at": AT, "unit": "10", "category": "noise"}
REFUSED = GOOD | {"code": "T2", "unit": "Sao Hoả"}
PORTAL = {
    "MaHoSo": "H1", "MaTTHC": "P2", "DonViXuLy": "10", "KenhThucHien": "2", "NgayTiepNhan": "20261120090000",
    "NgayHenTra": "20261127090000", "TrangThaiHoSo": "4", "NgayNopHoSo": "20261120080000", "NgayKetThucXuLy": "",
    "NgayTra": "", "NgayTuChoi": "", "NgayCapNhat": "20261120090000",
    "ChuHoSo": SECRETS["name"], "SoDienThoai": SECRETS["phone"], "Email": SECRETS["email"],
    "TrichYeuHoSo": SECRETS["text"], "ThongTinKhac": SECRETS["birthday"], "GhiChu": SECRETS["text"],
    "DiaChi": SECRETS["address"], "MaDoiTuong": SECRETS["identity"],
    "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": SECRETS["identity"]}, {"SoDinhDanh": SECRETS["passport"]}],
    "TaiLieuNop": [{"TenTepDinhKem": SECRETS["name"], "DuongDanTaiTepTin": SECRETS["text"]}],
    "DanhSachHoSoBoSung": [{"NguoiYeuCauBoSung": SECRETS["name"], "NoiDungBoSung": SECRETS["text"]}],
}  # fmt: skip
STEP = {
    "MaHoSo": "H1", "NguoiXuLy": SECRETS["name"], "ChucDanh": SECRETS["text"], "ThoiDiemXuLy": "20261120090000",
    "PhongBanXuLy": "Một cửa", "NoiDungXuLy": SECRETS["text"], "TrangThai": "4", "NgayBatDau": "20261120090000",
    "NgayKetThucTheoQuyDinh": "",
}  # fmt: skip
REQUEST = {
    "service_request_id": "R1", "requested_datetime": AT, "updated_datetime": AT, "status": "open",
    "service_name": "noise", "service_code": "noise", "agency_responsible": "10", "expected_datetime": None,
    "zipcode": "700000", "description": SECRETS["text"], "address": SECRETS["address"],
    "address_id": SECRETS["identity"],
    "first_name": SECRETS["name"], "last_name": SECRETS["name"], "phone": SECRETS["phone"],
    "email": SECRETS["email"], "status_notes": SECRETS["text"],
    "account_id": SECRETS["identity"], "device_id": SECRETS["passport"], "media_url": f"https://x/{SECRETS['phone']}",
    "extended_attributes": {"caller": SECRETS["name"], "born": SECRETS["birthday"]},
}  # fmt: skip


def traces(conn, url) -> list[tuple[str, str]]:
    """Return (table, secret) wherever a secret stands: in any column of any table, and in the frame."""
    tables = [
        name
        for (name,) in rows(
            conn, "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        )
    ]
    assert {"dossier", "ticket", "quarantine", "load", "feed", "category", "unit", "frame"} <= set(tables)
    found = []
    for table in tables:
        stored = " ".join(text for (text,) in rows(conn, f"select row::text from {table} as row"))
        unescaped = (
            stored.encode().decode("unicode_escape", "ignore").encode("latin-1", "ignore").decode("utf-8", "ignore")
        )
        found += [(table, name) for name, secret in SECRETS.items() if secret in stored or secret in unescaped]
    with closing(database.connect(url)) as other:
        shown = json.dumps(Publisher(other, Stream(None)).publish(), ensure_ascii=False)
        kept = json.dumps(frames.latest(other), ensure_ascii=False)
    return found + [("frame", name) for name, secret in SECRETS.items() if secret in shown or secret in kept]


def test_the_search_for_traces_finds_them(city, conn):
    rows(conn, "update city set title = %s", SECRETS["name"])
    rows(conn, "insert into load (feed_id, kind, source) values ('tickets', 'file', %s)", f"of {SECRETS['phone']}.csv")
    assert traces(conn, city) == [("city", "name"), ("load", "phone"), ("frame", "name")]


def csv_file(path):
    names = [*COLUMNS, *SECRETS]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        for row in (GOOD, REFUSED):
            writer.writerow([{**row, **SECRETS}[name] for name in names])
        writer.writerow(["T3", *SECRETS.values()])
        writer.writerow(["T4", AT, "10", "noise", *SECRETS.values(), *SECRETS.values()])


def json_file(path):
    path.write_text(
        json.dumps([row | SECRETS | {"more": [SECRETS]} for row in (GOOD, REFUSED)] + [SECRETS["name"]]), "utf-8"
    )


def lines_file(path):
    told = [json.dumps(row | SECRETS, ensure_ascii=False) for row in (GOOD, REFUSED)]
    path.write_text("\n".join([*told, json.dumps(SECRETS["text"]), "{" + SECRETS["name"]]), "utf-8")


def workbook(path):
    book = openpyxl.Workbook()
    book.properties.creator = SECRETS["name"]
    book.active.append([*COLUMNS, *SECRETS])
    for row in (GOOD, REFUSED):
        book.active.append([*row.values(), *SECRETS.values()])
    book.create_sheet("Người dân").append(list(SECRETS.values()))
    book.save(path)


@pytest.mark.parametrize(
    ("kind", "write"), [("csv", csv_file), ("json", json_file), ("ndjson", lines_file), ("xlsx", workbook)]
)
def test_a_file_full_of_personal_data_leaves_no_trace_of_it(city, conn, tmp_path, kind, write):
    feed = feed_of(tmp_path, "calls", "tickets", COLUMNS, kind=kind, more='[unknown]\ncategory = "create"')
    write(tmp_path / "file")
    outcome = loaded(city, feed, tmp_path / "file")
    assert (outcome.error, outcome.counts.merged) == (None, 1), outcome
    assert one(conn, "select count(*) from quarantine where row ->> 'code' = 'T2'") == 1
    runs.replay(city, feed)
    assert traces(conn, city) == []


@pytest.mark.parametrize(("dataset", "service", "record", "bad"), [
    ("dossiers", "DongBoHoSoMC", PORTAL, {"MaHoSo": "H2", "DonViXuLy": "Sao Hoả"}),
    ("steps", "CapNhatTienDoHoSoMC", STEP, {"MaHoSo": "H2", "NgayBatDau": "hôm qua"}),
])  # fmt: skip
def test_an_envelope_of_the_portal_leaves_no_trace_of_people(city, conn, tmp_path, dataset, service, record, bad):
    feed = feed_of(tmp_path, "portal", dataset, (), kind="portal", url="http://127.0.0.1:1", times=False)
    envelope = {"session": SECRETS["passport"], "service": service, "data": [record, record | bad, SECRETS["name"]]}
    (tmp_path / "f.json").write_text(json.dumps(envelope, ensure_ascii=False), "utf-8")
    outcome = loaded(city, feed, tmp_path / "f.json")
    assert (outcome.error, outcome.counts.merged, outcome.counts.refused) == (None, 1, 2), outcome
    assert traces(conn, city) == []


@pytest.mark.parametrize("format_", ["json", "xml"])
def test_requests_of_open311_leave_no_trace_of_people(city, conn, tmp_path, format_):
    feed = feed_of(tmp_path, "hotline", "tickets", (), kind="open311", url="http://127.0.0.1:1", times=False)
    told = [REQUEST, REQUEST | {"service_request_id": "R2", "agency_responsible": "Sao Hoả"}]
    path = tmp_path / f"f.{format_}"
    path.write_text(json.dumps(told, ensure_ascii=False) if format_ == "json" else xml_of(told), "utf-8")
    outcome = loaded(city, feed, path)
    assert (outcome.error, outcome.counts.merged, outcome.counts.refused) == (None, 1, 1), outcome
    assert traces(conn, city) == []


def xml_of(told):
    body = "".join(
        "<request>"
        + "".join(f"<{name}>{value or ''}</{name}>" for name, value in one.items() if not isinstance(value, dict))
        + "</request>"
        for one in told
    )
    return f'<?xml version="1.0" encoding="utf-8"?><service_requests>{body}</service_requests>'


@pytest.mark.parametrize("kind", ["json", "ndjson", "csv", "xlsx"])
def test_what_a_broken_file_says_of_people_is_not_told_in_its_error(city, conn, tmp_path, kind):
    feed = feed_of(tmp_path, "calls", "tickets", COLUMNS, kind=kind)
    text = json.dumps([GOOD | SECRETS], ensure_ascii=False)[:-1] + ", {" + SECRETS["name"]
    (tmp_path / "file").write_text(",".join(SECRETS.values()) + "\n" + text if kind == "csv" else text, "utf-8")
    outcome = loaded(city, feed, tmp_path / "file")
    assert outcome.error or outcome.counts.refused
    assert traces(conn, city) == []
    assert not any(secret in str(outcome) for secret in SECRETS.values())
