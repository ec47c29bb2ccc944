"""The simulated national portal: envelope, sessions, windows, pages, misbehaviour."""

import re
from datetime import timedelta
from itertools import pairwise

import orjson
import pytest

from simulator import faults
from simulator.clock import Clock
from tests.unit.simulated import NOW, Asker, city, compact, days_ago

DOSSIERS, STEPS = "DongBoHoSoMC", "CapNhatTienDoHoSoMC"
FIELDS = {
    "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "KenhThucHien", "ChuHoSo", "LoaiDoiTuong", "Email",
    "SoDienThoai", "TrichYeuHoSo", "NgayTiepNhan", "NgayHenTra", "TrangThaiHoSo", "NgayTra", "HinhThuc",
    "NgayKetThucXuLy", "DonViXuLy", "NgayYeuCauBoSung", "NgayTuChoi", "NgayNopHoSo", "DinhDanhCHS", "NgayCapNhat",
}  # fmt: skip


@pytest.fixture
def portal() -> Asker:
    return Asker(city())


def test_a_question_without_a_session_is_refused_with_minus_one(portal):
    answer = portal.send("POST", "/portal/mapi/g", json={"session": "none", "service": DOSSIERS})
    assert answer.status_code == 200
    assert answer.json()["error_code"] == "-1"
    assert portal.send("POST", "/portal/mapi/login", json={"username": "u"}).json()["error_code"] == "-1"
    assert portal.send("POST", "/portal/mapi/login", content=b"not json").json()["session"] == ""


def test_a_session_ends_after_half_an_hour():
    played = city()
    asker = Asker(played)
    asker.login()
    played.clock = Clock.still(NOW + timedelta(minutes=31))
    assert asker.ask(DOSSIERS, days_ago(1))["error_code"] == "-1"


@pytest.mark.parametrize(
    "wrong", [{"service": "LayThuTuc"}, {"tuNgay": "2026-11-01"}, {"tuNgay": ""}, {"denNgay": "x"}, {"trang": 0}]
)
def test_a_question_that_cannot_be_read_gets_an_error_code_and_no_records(portal, wrong):
    answer = portal.ask(DOSSIERS, days_ago(1), **wrong)
    assert answer["error_code"] in ("-4", "-5")
    assert answer["data"] == []
    assert answer["message"]


def test_dossier_records_have_the_fields_of_the_national_record(portal):
    records = portal.pages(DOSSIERS, days_ago(3))
    assert len(records) > 100
    assert all(set(record) >= FIELDS for record in records)
    good = [record for record in records if re.fullmatch(r"H29\.\d{3}-\d{6}-\d{5}", record["MaHoSo"])]
    assert len(good) >= 0.99 * len(records)
    assert {record["TrangThaiHoSo"] for record in good} >= {"1", "2", "4", "5", "9", "10"}


def test_pages_are_complete_and_the_same_whatever_their_size(portal):
    whole = portal.pages(DOSSIERS, days_ago(9), days_ago(2), size=5000)
    small = portal.pages(DOSSIERS, days_ago(9), days_ago(2), size=61)
    assert len(whole) > 300
    assert small == whole


def test_pages_of_one_question_do_not_shift_while_the_city_goes_on():
    played = city(0.01)
    asker = Asker(played)
    first = asker.ask(DOSSIERS, days_ago(2), soBanGhi=200)
    played.clock = Clock.still(NOW + timedelta(minutes=20))
    rest = [asker.ask(DOSSIERS, days_ago(2), soBanGhi=200, trang=page) for page in range(2, first["tongSo"] // 200 + 2)]
    moving = first["data"] + [record for answer in rest for record in answer["data"]]
    still = Asker(city(0.01)).pages(DOSSIERS, days_ago(2), size=5000)
    assert moving == still


def test_records_come_by_changed_time_within_the_window(portal):
    records = portal.pages(DOSSIERS, days_ago(9), days_ago(2))
    changed = [record["NgayCapNhat"] for record in records]
    assert all(at < compact(days_ago(2)) for at in changed)
    assert sum(after < before for before, after in pairwise(changed)) <= 3  # older versions sent once more
    assert sum(at < compact(days_ago(9)) for at in changed) <= 3


def test_a_dossier_is_listed_once_at_its_last_change():
    asker = Asker(city(faults=0.0))
    records = asker.pages(DOSSIERS, days_ago(30))
    codes = [record["MaHoSo"] for record in records]
    assert len(set(codes)) == len(codes) > 1000
    early = asker.pages(DOSSIERS, days_ago(30), days_ago(10))
    late = asker.pages(DOSSIERS, days_ago(10))
    assert early + late == records


def test_nothing_is_told_of_the_time_before_the_history():
    asker = Asker(city(days=20))
    records = asker.pages(DOSSIERS, days_ago(60))
    oldest = min(record["NgayCapNhat"] for record in records)
    assert compact(days_ago(21)) <= oldest < compact(days_ago(18))


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    def answer(**options):
        return orjson.dumps(Asker(city(**options)).pages(DOSSIERS, days_ago(3)))

    assert answer() == answer()
    assert answer(seed=1) != answer()


def test_pulls_with_an_overlap_end_where_one_pull_ends():
    """Late commits, silent senders and unmarked due dates all arrive within ten minutes of the cursor."""
    played = city(0.02, NOW - timedelta(hours=7))
    asker = Asker(played)
    seen: dict[str, dict] = {}
    begin = cursor = NOW - timedelta(days=2)
    for minute in range(0, 7 * 60 + 1, 4):
        played.clock = Clock.still(NOW - timedelta(hours=7) + timedelta(minutes=minute))
        asker.login()
        for record in asker.pages(DOSSIERS, cursor - timedelta(minutes=10), size=5000):
            known = seen.get(record["MaHoSo"])
            if known is None or known["NgayCapNhat"] <= record["NgayCapNhat"]:
                seen[record["MaHoSo"]] = record
            at = record["NgayCapNhat"]
            cursor = max(cursor, cursor.strptime(at + "+0700", "%Y%m%d%H%M%S%z"))
    final = Asker(city(0.02)).pages(DOSSIERS, begin, size=5000)
    versions: dict[str, list[dict]] = {}
    for record in final:
        versions.setdefault(record["MaHoSo"], []).append(record)
    assert len(versions) > 1000
    for code, sent in versions.items():
        newest = max(sent, key=lambda record: record["NgayCapNhat"])
        assert code == "" or seen[code] == newest


def test_a_step_tells_who_holds_the_file_and_then_when_it_was_passed_on(portal):
    records = portal.pages(STEPS, days_ago(5))
    held = [record for record in records if not record["NgayKetThucXuLy"]]
    passed = [record for record in records if record["NgayKetThucXuLy"]]
    assert held and len(passed) > len(held)
    assert all(record["ThoiDiemXuLy"] == record["NgayBatDau"] for record in held)
    assert all(record["NgayBatDau"] <= record["ThoiDiemXuLy"] == record["NgayKetThucXuLy"] for record in passed)
    assert {record["MaBuoc"] for record in records} == {"1", "2", "3", "4", "5"}
    holders = {record["DonViXuLy"] for record in records}
    assert {"Chi nhánh Văn phòng Đăng ký đất đai", "Công an cấp xã", "Bảo hiểm xã hội"} < holders


def test_steps_reach_back_ninety_days_and_belong_to_dossiers(portal):
    steps = portal.pages(STEPS, days_ago(300), size=5000)
    assert compact(days_ago(91)) < steps[0]["NgayCapNhat"] <= compact(days_ago(89))
    recent = {record["MaHoSo"] for record in steps if record["NgayCapNhat"] >= compact(days_ago(2))}
    dossiers = {record["MaHoSo"] for record in portal.pages(DOSSIERS, days_ago(2), size=5000)}
    assert recent <= dossiers | {""}


def test_personal_fields_hold_invented_words_alone(portal):
    for record in portal.pages(DOSSIERS, days_ago(2)):
        assert record["ChuHoSo"] == "NGUYEN VAN MO PHONG"
        assert record["SoDienThoai"] == "0900000000"
        assert record["Email"].endswith(".invalid")
        assert "mô phỏng" in record["TrichYeuHoSo"]
        assert [one["SoDinhDanh"] for one in record["DinhDanhCHS"]] == ["000000000000"]


def test_records_are_bent_at_the_rates_that_faults_name():
    records = Asker(city(0.02)).pages(DOSSIERS, days_ago(60), size=5000)
    n, codes = len(records), [record["MaHoSo"] for record in records]
    again = n - len(set(codes))
    assert n > 25_000
    assert 0.5 < again / n / (faults.DUPLICATE + faults.OLDER) < 1.7
    rubbish = [record for record in records if not record["MaHoSo"] or record["MaHoSo"].startswith("H29.000")]
    assert 0.3 < len(rubbish) / n / faults.RUBBISH < 3
    lies = [r for r in records if r["TrangThaiHoSo"] == "9" and not r["NgayKetThucXuLy"]]
    assert lies, "status 9 is sent for a real 5, 6 or 8"


def test_every_kind_of_rubbish_is_rubbish():
    records = Asker(city(0.02, faults=20.0)).pages(DOSSIERS, days_ago(30), size=5000)
    bad = [r for r in records if not r["MaHoSo"] or r["MaHoSo"].startswith("H29.000")]
    assert any(not r["MaHoSo"] for r in bad)
    assert any(r["NgayTiepNhan"] == "20261345250000" for r in bad)
    assert any("Không Có Thật" in r["DonViXuLy"] for r in bad)
    assert any(r["NgayTiepNhan"] == r["NgayNopHoSo"] == "" for r in bad)
    assert any(r["NgayKetThucXuLy"] and r["NgayKetThucXuLy"] < r["NgayTiepNhan"] for r in bad)


def test_without_faults_every_record_is_clean():
    records = Asker(city(0.02, faults=0.0)).pages(DOSSIERS, days_ago(10), size=5000)
    assert len({record["MaHoSo"] for record in records}) == len(records)
    for record in records:
        dates = [record[name] for name in ("NgayNopHoSo", "NgayTiepNhan", "NgayKetThucXuLy", "NgayTra") if record[name]]
        assert dates == sorted(dates)
        assert record["NgayHenTra"] or not record["NgayTiepNhan"]
        assert (record["TrangThaiHoSo"] in ("9", "10")) == bool(record["NgayKetThucXuLy"])
