"""The push door: what other software sends is stored before it is answered, of its own units alone, and once."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from etl.door import senders
from sql import database, embedded
from tests.conftest import SMALL_PROFILE
from tests.db.deliveries import differences, framer_of, one, rows
from tests.db.doors import CALL, LOGIN, PASSWORD, REQUESTS, add_sender, door, dossier, software, step
from tests.db.test_personal_data import PORTAL, REQUEST, SECRETS, STEP, traces


@pytest.fixture
def key(city):
    return add_sender(city, units=("10", "H29.10=10"))


@pytest.fixture
def address(city, key):
    with door(city) as opened:
        yield opened


@pytest.fixture
def client(address):
    with software(address) as made:
        yield made


def ledger(conn):
    return rows(conn, "select feed_id, kind, state, read, merged, unchanged, refused from load order by id")


def test_dossiers_are_stored_when_they_are_answered(conn, client):
    answer = client.dossiers(dossier(1), dossier(2, TrangThaiHoSo="9", NgayKetThucXuLy="20261124090000"))
    assert (answer["error_code"], answer["message"]) == ("0", "Đồng bộ thành công")
    assert [(each["MaHoSo"], each["error_code"]) for each in answer["data"]] == [
        ("H29.10-261120-0001", "0"), ("H29.10-261120-0002", "0"),
    ]  # fmt: skip
    stored = rows(conn, "select d.code, u.code, channel, status, ended_at is null from dossier d "
                        "join unit u on u.id = unit_id order by d.code")  # fmt: skip
    assert stored == [("H29.10-261120-0001", "10", 1, 4, True), ("H29.10-261120-0002", "10", 1, 9, False)]
    assert ledger(conn) == [("push-quan-an", "push", "done", 2, 2, 0, 0)]
    assert one(conn, "select count(*) from dossier d join load l on l.id = d.load_id") == 2
    assert one(conn, "select version from data_version") > 0


def test_the_same_call_again_changes_nothing(conn, client):
    for _ in range(3):
        assert client.dossiers(dossier(1), dossier(2))["error_code"] == "0"
        assert client.steps(step(1), step(1, "20261120110000"))["error_code"] == "0"
    assert one(conn, "select sum(merged) || ' ' || sum(unchanged) from load where feed_id = 'push-quan-an'") == "2 4"
    assert one(conn, "select count(*) from dossier_step") == 2
    version = one(conn, "select version from data_version")
    client.dossiers(dossier(1))
    assert one(conn, "select version from data_version") == version


def test_a_later_call_replaces_an_earlier_one_and_twins_in_one_call_end_as_the_last(conn, client):
    client.dossiers(dossier(1), dossier(1, NgayHenTra="20261126170000"), dossier(1, TrangThaiHoSo="5"))
    assert one(conn, "select status from dossier") == 5
    client.dossiers(dossier(1, NgayHenTra="20261125170000", TrangThaiHoSo="4"), isUpdating="True")
    assert rows(conn, "select status, due_at from dossier")[0][0] == 4
    assert str(one(conn, "select due_at at time zone 'Asia/Ho_Chi_Minh' from dossier")) == "2026-11-25 17:00:00"
    assert one(conn, "select read = merged + unchanged + refused and read = 4 from load")


def test_what_cannot_be_stored_is_told_record_by_record_and_held(conn, client):
    answer = client.dossiers(
        dossier(1), dossier(2, NgayTiepNhan="hôm qua"), dossier(3, TrangThaiHoSo="77"), 7, dossier(4, MaHoSo=""),
        dossier(5, DonViXuLy="TP Đông"), dossier(6, NgayKetThucXuLy="20261101090000"), dossier(7, MaTTHC={"a": 1}),
    )  # fmt: skip
    assert answer["error_code"] == "-2" and answer["message"].startswith("7/8 bản ghi bị từ chối")
    told = [each["message"].partition(" (")[0] for each in answer["data"]]
    assert told == [
        "Thành công", "Ngày giờ không đúng định dạng yyyyMMddHHmmss", "Giá trị không thuộc danh mục",
        "Bản ghi không hợp lệ", "Thiếu mã hồ sơ", "Hồ sơ không thuộc đơn vị của tài khoản",
        "Ngày kết thúc trước ngày tiếp nhận", "Nội dung không đọc được",
    ]  # fmt: skip
    assert one(conn, "select count(*) from dossier") == 1
    held = rows(conn, "select row_no, reason from quarantine where feed_id = 'push-quan-an' order by row_no")
    assert held == [
        (2, "unreadable time"), (3, "value outside its list"), (4, "not a record"), (5, "no code"),
        (6, "not the sender's unit"), (7, "closed before opened"), (8, "unreadable text"),
    ]  # fmt: skip
    assert ledger(conn)[0][3:] == (8, 1, 0, 7)


def test_a_department_that_nobody_knows_is_the_unit_that_the_call_speaks_for(conn, client):
    assert client.dossiers(dossier(1, DonViXuLy="Phòng Tư pháp"), dossier(2, DonViXuLy=""))["error_code"] == "0"
    assert rows(conn, "select distinct u.code from dossier join unit u on u.id = unit_id") == [("10",)]


def test_nobody_takes_a_dossier_of_another_unit(city, conn, client, address):
    add_sender(city, "tp-dong", ("20",))
    client.dossiers(dossier(1))
    with software(address, "tp-dong", "") as other:
        answer = other.dossiers(dossier(1, DonViXuLy="TP Đông"))
        assert "không thuộc đơn vị" in answer["message"]
        assert "không thuộc đơn vị" in other.steps(step(1))["message"]
        assert other.asked("TraCuuHoSo", mahoso=dossier(1)["MaHoSo"]).json()["result"] == []
        assert other.dossiers(dossier(9, DonViXuLy="TP Đông"))["error_code"] == "0"
    assert rows(conn, "select u.code, count(*) from dossier join unit u on u.id = unit_id group by 1 order by 1") == [
        ("10", 1), ("20", 1),
    ]  # fmt: skip
    assert one(conn, "select count(*) from dossier_step") == 0
    assert rows(conn, "select feed_id, reason from quarantine order by feed_id") == [
        ("push-tp-dong", "not the sender's unit"), ("push-tp-dong_steps", "not the sender's unit"),
    ]  # fmt: skip


def test_a_sender_of_a_city_writes_for_every_unit_below_it(city, conn, address):
    add_sender(city, "ca-thanh-pho", ("01",))
    with software(address, "ca-thanh-pho", "") as client:
        answer = client.dossiers(dossier(1), dossier(2, DonViXuLy="TP Đông"), dossier(3, DonViXuLy="Sao Hoả"))
    assert [each["error_code"] for each in answer["data"]] == ["0", "0", "0"]
    assert rows(conn, "select u.code from dossier d join unit u on u.id = unit_id order by d.code") == [
        ("10",), ("20",), ("01",),
    ]  # fmt: skip


def test_what_clients_look_up_before_they_send_is_answered(client):
    assert client.asked("TraCuuHoSo", mahoso="H29.10-261120-0001").json()["result"] == []
    client.dossiers(dossier(1))
    found = client.asked("TraCuuHoSo", mahoso="H29.10-261120-0001").json()["result"]
    assert found == [{"MaHoSo": "H29.10-261120-0001", "MaTTHC": "P2", "TrangThaiHoSo": "4"}]
    (procedure,) = client.asked("LayThuTuc", maTTHC="P2").json()["result"]
    assert procedure["TENTTHC"] == "Đăng ký lại khai sinh"
    assert procedure["LINHVUCTHUCHIEN"][0]["TENLINHVUC"] == "Hộ tịch"


def test_software_that_takes_00_for_success_is_answered_so(city, address):
    add_sender(city, "opencps", ok_code="00")
    with software(address, "opencps") as client:
        assert client.dossiers(dossier(1))["error_code"] == "00"
        assert int(client.login()["error_code"]) == 0


def test_a_call_that_is_none_is_refused_as_a_whole(conn, client):
    told = {"session": client.session, "service": "DongBoHoSoMC", "isUpdating": "False", "data": [dossier(1)]}
    for change, code in (
        ({"session": "x"}, "-1"), ({"session": None}, "-1"), ({"service": "LayDanhSachTTHC"}, "-4"),
        ({"isUpdating": "maybe"}, "-5"), ({"data": {}}, "-5"), ({"data": [dossier(1)] * 501}, "-5"),
    ):  # fmt: skip
        answer = client.http.post(CALL, json=told | change)
        assert (answer.json()["error_code"], answer.status_code) == (code, 200), change
    assert ledger(conn) == []


def test_at_most_ten_progress_rows_come_in_a_call(conn, client):
    ten = [step(1, f"2026112010{minute:02}00") for minute in range(10)]
    assert client.steps(*ten)["error_code"] == "0"
    answer = client.steps(*ten, step(2))
    assert (answer["error_code"], answer["message"]) == ("-5", "Mỗi lần gửi tối đa 10 bản ghi, nhận được 11")
    assert one(conn, "select count(*) from dossier_step") == 10


def test_a_body_that_is_no_envelope_is_told_so(client):
    for body in (b"", b"{", b"[1]", b"\xff\xfe", b'{"a": "\xff"}'):
        answer = client.http.post(CALL, content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "-5"), body


def test_a_body_that_is_too_large_is_not_read(client):
    answer = client.asked("DongBoHoSoMC", [dossier(1, GhiChu="x" * (3 << 20))])
    assert (answer.status_code, answer.json()["error_code"]) == (413, "-5")


def test_a_step_may_come_before_its_dossier(conn, client):
    assert client.steps(step(1))["error_code"] == "0"
    assert client.dossiers(dossier(1))["error_code"] == "0"
    assert one(conn, "select count(*) from dossier_step join dossier on dossier.code = dossier_code") == 1


def test_concurrent_calls_are_stored_in_few_transactions_and_no_row_of_the_ledger_each(city, conn, address):
    names = [f"don-vi-{number}" for number in range(4)]
    for name in names:
        add_sender(city, name)
    before = one(conn, "select count(*) from load")
    answers: list[dict] = []

    def send(place: int) -> None:
        with software(address, names[place % 4]) as client:
            answers.extend(client.dossiers(dossier(place * 100 + number)) for number in range(10))

    threads = [threading.Thread(target=send, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer["error_code"] for answer in answers] == ["0"] * 80
    assert one(conn, "select count(*) from dossier") == 80
    assert one(conn, "select count(*) from load") - before <= 8, "a load is of a feed and a minute"
    assert one(conn, "select sum(merged) from load") == 80
    assert differences(conn, framer_of(city)) == []


def test_a_feed_of_a_sender_lives_while_it_tells_something(conn, client):
    assert one(conn, "select event_at is null and fetched_at is null from feed where id = 'push-quan-an'")
    client.dossiers()
    assert one(conn, "select event_at is null and fetched_at is not null from feed where id = 'push-quan-an'")
    client.dossiers(dossier(1))
    assert one(conn, "select event_at > now() - interval '1 minute' from feed where id = 'push-quan-an'")


def test_a_new_profile_does_not_retire_what_is_pushed(city, conn, key, tmp_path):
    for path in SMALL_PROFILE.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(SMALL_PROFILE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "feeds" / "steps.toml").unlink()
    embedded.load_profile(city, tmp_path)
    assert dict(rows(conn, "select id, retired from feed")) | {"steps": True, "push-quan-an": False} == dict(
        rows(conn, "select id, retired from feed")
    )


# GeoReport v2


def requests(client, key, body, **query):
    return client.http.post(REQUESTS, params={"api_key": key} | query, json=body)


def test_a_service_request_is_stored_and_numbered(conn, client, key):
    form = {"api_key": key, "service_code": "noise", "lat": "10.8", "long": "106.7", "first_name": SECRETS["name"]}
    answer = client.http.post(REQUESTS, data=form)
    assert answer.status_code == 200
    (told,) = answer.json()
    assert len(told["service_request_id"]) == 16
    stored = rows(conn, "select t.code, c.code, u.code, status, opened_at > now() - interval '1 minute' from ticket t "
                        "join category c on c.id = category_id join unit u on u.id = unit_id")  # fmt: skip
    assert stored == [(f"quan-an:{told['service_request_id']}", "noise", "10", "open", True)]
    assert rows(conn, "select feed_id, kind, read, merged from load") == [("push-quan-an_calls", "push", 1, 1)]


def test_a_request_with_a_number_of_its_own_is_one_however_often_it_comes(conn, client, key):
    told = {"service_code": "noise", "service_request_id": "77"}
    for _ in range(3):
        assert requests(client, key, told).json()[0]["service_request_id"] == "77"
    assert one(conn, "select sum(merged) || ' ' || sum(unchanged) from load") == "1 2"
    opened = "select code, opened_at < now() - interval '50 minutes', closed_at is not null, status from ticket"
    hour = datetime.now(UTC) - timedelta(hours=1)
    dated = told | {"requested_datetime": hour.isoformat(), "updated_datetime": datetime.now(UTC).isoformat()}
    assert requests(client, key, [dated]).status_code == 200
    assert rows(conn, opened) == [("quan-an:77", True, False, "open")]
    closed = told | {"status": "closed", "updated_datetime": datetime.now(UTC).isoformat()}
    assert requests(client, key, closed).status_code == 200
    assert requests(client, key, told).status_code == 200
    assert rows(conn, opened) == [("quan-an:77", True, True, "closed")]


WHERE = {"service_code": "noise", "lat": 1, "long": 2}
REFUSED = (
    ({"lat": 1, "long": 2}, 400, "service_code was not provided"),
    ({"service_code": "noise"}, 400, "lat and long, address_string or address_id was not provided"),
    (WHERE | {"service_code": "nosuch"}, 404, "service_code was not found"),
    (WHERE | {"agency_responsible": "TP Đông"}, 403, "the api_key may not write requests of this agency"),
    (WHERE | {"agency_responsible": "Sao Hoả"}, 400, "agency_responsible was not found"),
    (WHERE | {"requested_datetime": "hôm qua"}, 400, "a date and time is not in W3C format"),
    ("text", 400, "a service request is an object"), ([], 400, "a call holds 1 to 500 requests"),
)  # fmt: skip


def test_a_request_that_is_refused_is_told_in_the_words_of_the_standard(conn, client, key):
    for body, status, description in REFUSED:
        answer = requests(client, key, body)
        assert (answer.status_code, answer.json()) == (status, [{"code": status, "description": description}])
    for wrong in ("", "x", "quan-an"):
        assert requests(client, wrong, WHERE).json()[0]["code"] == 403
    assert one(conn, "select count(*) from ticket") == 0


def test_the_services_are_listed(client):
    listed = client.http.get("/open311/v2/services.json").json()
    assert [each["service_code"] for each in listed] == ["lighting", "noise", "other"]


def test_nothing_that_tells_of_a_person_gets_past_the_door(city, conn, client, key):
    assert client.dossiers(PORTAL, PORTAL | {"MaHoSo": "H2", "DonViXuLy": "TP Đông"}, SECRETS["name"])
    assert client.steps(STEP, STEP | {"MaHoSo": "H3", "NgayBatDau": "hôm qua"})
    told = REQUEST | {"requested_datetime": "2026-11-20T09:00:00+07:00"}
    assert requests(client, key, [told, told | {"service_request_id": "R2", "agency_responsible": "Sao"}])
    assert one(conn, "select count(*) from quarantine") == 4
    assert rows(conn, "select sum(merged)::int from load group by feed_id order by feed_id") == [(1,), (1,), (1,)]
    assert traces(conn, city) == []
    assert not [name for name, secret in SECRETS.items() if secret in json.dumps(client.http.get("/metrics").text)]


# Who may call


def test_who_proves_nothing_is_not_let_in(city, conn, client):
    for password in ("falsch", "", PORTAL["ChuHoSo"]):
        assert client.login(password)["error_code"] == "-1"
    assert client.http.post(LOGIN, json={"username": "nobody", "password": "x"}).json()["error_code"] == "-1"
    assert client.http.post(LOGIN, json=["x"]).json()["error_code"] == "-1"
    assert client.login()["error_code"] == "0"
    assert PASSWORD not in str(rows(conn, "select * from sender"))


def test_after_ten_wrong_passwords_no_more_are_tried_for_a_while(conn, client):
    client.session = client.login()["session"]
    answers = [client.http.post(LOGIN, json={"username": "quan-an", "password": f"guess {n}"}) for n in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert answers[-1].headers["retry-after"] == "900"
    assert client.login()["error_code"] == "0", "a password that was proved before is known again"
    assert client.dossiers(dossier(1))["error_code"] == "0"
    rows(conn, "update sender_failure set at = at - interval '16 minutes'")
    assert client.login("guess")["message"] == "Tên đăng nhập hoặc mật khẩu không đúng"
    assert one(conn, "select count(*) from sender_failure") == 1


def test_a_session_is_good_at_every_door_until_it_ends(city, conn, client, address):
    with door(city) as other, software(other) as second:
        second.session = client.session
        assert second.dossiers(dossier(1))["error_code"] == "0"
    rows(conn, "update sender_session set expires_at = now()")
    with door(city) as third, software(third) as late:
        late.session = client.session
        assert late.dossiers(dossier(2))["error_code"] == "-1"


def test_a_sender_that_is_disabled_is_shut_out_and_may_come_back_with_other_units(city, conn, key):
    with closing(database.connect(city)) as own:
        senders.disable(own, "quan-an")
    with door(city) as opened, httpx.Client(base_url=opened) as http:
        assert http.post(LOGIN, json={"username": "quan-an", "password": PASSWORD}).json()["error_code"] == "-1"
    assert one(conn, "select bool_and(retired) from feed where kind = 'push'")
    assert add_sender(city, units=("20",)) != key
    assert not one(conn, "select bool_or(retired) from feed where kind = 'push'")
    with door(city) as opened, software(opened) as client:
        assert client.dossiers(dossier(1, DonViXuLy="10"))["error_code"] == "-2"
