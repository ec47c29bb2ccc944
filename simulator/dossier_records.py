"""The text of the portal's dossier records (DongBoHoSoMC)."""

import numpy as np
import orjson

from simulator import faults, listings
from simulator.archive import Archive, Day
from simulator.instants import NEVER, compact, date_of
from simulator.listings import Listing
from simulator.lives import ACCEPTED, ASKED, ENDED, FINISHED, MOVED, RETURNED, STATUSES, SUBMITTED

# Invented on purpose: a program that lets personal data through shows these words.
OWNER, PHONE, MAIL = "NGUYEN VAN MO PHONG", "0900000000", "mo.phong@example.invalid"
SUMMARY = "Hồ sơ mô phỏng, không phải dữ liệu thật"

_RECORD = (
    '{"MaHoSo":"%s",%s,"KenhThucHien":"%d","SoBienNhan":"","ChuHoSo":"' + OWNER + '","LoaiDoiTuong":"%s",'
    '"MaDoiTuong":"","ThongTinKhac":"","Email":"' + MAIL + '","Fax":"","SoDienThoai":"' + PHONE + '",'
    '"TrichYeuHoSo":"' + SUMMARY + '","NgayTiepNhan":"%s","NgayHenTra":"%s","TrangThaiHoSo":"%d","NgayTra":"%s",'
    '"ThongTinTra":"","HinhThuc":"%s","NgayKetThucXuLy":"%s","DonViXuLy":%s,"GhiChu":"%s",'
    '"NgayYeuCauBoSung":"%s","NgayTuChoi":"%s","NgayNopHoSo":"%s","NoiNopHoSo":"1","HoSoCoThanhPhanSoHoa":"1",'
    '"TaiKhoanDuocXacThucVoiVNeID":"%s","DuocThanhToanTrucTuyen":"3",'
    '"DinhDanhCHS":[{"LoaiDinhDanh":"1","SoDinhDanh":"000000000000"}],"DSKetNoiCSDL":[],"TaiLieuNop":[],'
    '"DanhSachLePhi":[],"DanhSachTepDinhKemKhac":[],"DanhSachHoSoBoSung":[%s],"DanhSachGiayToKetQua":[],'
    '"NgayCapNhat":"%s"}'
)
_SUPPLEMENT = '{"NgayBoSung":"%s","NgayHenTraTruoc":"%s","NgayHenTraMoi":"%s","NoiDungBoSung":"' + SUMMARY + '"}'
_ENDINGS = ("", "", "", "Không được tiếp nhận", "", "", "", "Công dân yêu cầu rút hồ sơ", "Dừng xử lý")


def json(value: object) -> str:
    """Spell a value as JSON."""
    return orjson.dumps(value).decode()


def codes(day: Day, rows: np.ndarray) -> list[str]:
    """Return the dossier numbers of rows: <unit>-<yyMMdd>-<running number>."""
    stamp = date_of(day.day).strftime("%y%m%d")
    units, numbers = day.lives.arrivals.unit[rows].tolist(), day.lives.number[rows].tolist()
    return [f"H29.{unit + 1:03d}-{stamp}-{number:05d}" for unit, number in zip(units, numbers, strict=True)]


class DossierRecords:
    """Spell dossiers as they were known at the instant of a listing."""

    def __init__(self, archive: Archive):
        """Prepare the parts of records that never change."""
        self.archive = archive
        self.agencies = [json(f"UBND {name}") for name in archive.city.names]
        self.procedures = [
            f'"MaTTHC":{json(p.code)},"TenTTHC":{json(p.name)},"MaLinhVuc":{json(p.field_code)},"TenLinhVuc":{json(p.field)}'
            for p in archive.city.procedures
        ]

    def spell(self, listing: Listing, page: slice) -> list[str]:
        """Return the records of a page."""
        return listings.by_day(self.archive, listing, page, self._of_day)

    def _of_day(self, day: Day, rows: np.ndarray, parts: np.ndarray, changed: np.ndarray, seen_at: int) -> list[str]:
        bad = parts == listings.RUBBISH
        numbers = rows[bad]
        rows = np.where(bad, day.rubbish.template[np.where(bad, rows, 0)] if bad.any() else rows, rows)
        told = day.changed(rows)
        until = np.where(bad, day.lives.times[rows, ACCEPTED], changed)
        known = (told <= until[:, None]) & (told != NEVER)
        self._step_back(known, told, parts == listings.OLDER)
        changed = np.where(bad, changed, np.where(known, told, -1).max(axis=1))
        columns = self._columns(day, rows, known, told, changed, seen_at)
        records = [_RECORD % values for values in zip(*columns, strict=True)]
        for place, number in zip(np.flatnonzero(bad).tolist(), numbers.tolist(), strict=True):
            kind = faults.RUBBISH_KINDS[day.rubbish.kind[number]]
            records[place] = spoil(records[place], kind, f"{date_of(day.day):%y%m%d}-{number:05d}")
        return records

    def _step_back(self, known: np.ndarray, told: np.ndarray, older: np.ndarray) -> None:
        """Forget the last change of the rows that are sent as they were before, where there was one."""
        last = np.where(known, told, -1).max(axis=1)
        before = known & (told < last[:, None])
        known[older & before.any(axis=1)] = before[older & before.any(axis=1)]

    def _columns(
        self, day: Day, rows: np.ndarray, known: np.ndarray, told: np.ndarray, changed: np.ndarray, seen_at: int
    ) -> tuple[list, ...]:
        """Return the columns of the record for rows of which the `known` events have happened."""
        lives = day.lives
        times = np.where(known, lives.times[rows], NEVER)
        quirk, end_status = lives.quirk[rows], lives.end_status[rows]
        ended = times[:, ENDED] != NEVER
        moved = self._moved(day, rows, changed, seen_at) & (times[:, ACCEPTED] != NEVER)
        due = np.where(moved, lives.due_later[rows], lives.due[rows])
        due = compact(np.where(times[:, ACCEPTED] == NEVER, NEVER, due))
        asked = compact(times[:, ASKED])
        status = self._status(known, told, quirk, end_status)
        # Who says 9 for a file that was stopped says when, too: as if it had been finished.
        finished = np.where((status == 9) & ended & (times[:, FINISHED] == NEVER), times[:, ENDED], times[:, FINISHED])
        return (
            codes(day, rows),
            [self.procedures[p] for p in lives.arrivals.procedure[rows].tolist()],
            lives.arrivals.channel[rows].tolist(),
            np.where(quirk % 11 == 0, "2", "1").tolist(),
            compact(times[:, ACCEPTED]),
            due,
            status.tolist(),
            compact(times[:, RETURNED]),
            np.where(quirk % 9 == 0, "1", "0").tolist(),
            compact(finished),
            [self.agencies[unit] for unit in lives.arrivals.unit[rows].tolist()],
            [_ENDINGS[status] for status in np.where(ended, end_status, 0).tolist()],
            asked,
            compact(np.where(end_status == 3, times[:, ENDED], NEVER)),
            compact(times[:, SUBMITTED]),
            np.where(lives.arrivals.channel[rows] == 2, "1", "0").tolist(),
            _supplements(asked, compact(lives.due[rows]), due, moved.tolist()),
            compact(changed),
        )

    def _status(self, known: np.ndarray, told: np.ndarray, quirk: np.ndarray, end_status: np.ndarray) -> np.ndarray:
        """Return the status of the latest known event; some senders say 9 for a real 5, 6 or 8."""
        latest = np.argmax(np.where(known, told, -1), axis=1)
        status = np.where(latest == ENDED, end_status, STATUSES[latest])
        lies = (quirk % round(1 / faults.STATUS_NINE) == 7) & np.isin(status, (5, 6, 8)) & bool(self.archive.dirt)
        return np.where(lies, 9, status)

    def _moved(self, day: Day, rows: np.ndarray, changed: np.ndarray, seen_at: int) -> np.ndarray:
        """Return for which rows the second appointment holds; an unmarked one holds from when it was made."""
        times = day.lives.times[rows]
        unmarked = (times[:, ASKED] == NEVER) & (times[:, MOVED] == NEVER)
        return day.lives.due_later_from[rows] <= np.where(unmarked, seen_at, changed)


def _supplements(asked: list[str], before: list[str], after: list[str], moved: list[bool]) -> list[str]:
    """Return the supplement requests that were answered, with the appointment before and after."""
    rows = zip(asked, before, after, moved, strict=True)
    return [_SUPPLEMENT % (at, old, new) if at and was_moved else "" for at, old, new, was_moved in rows]


def spoil(record: str, kind: str, number: str) -> str:
    """Make a record one that no check may pass, under a number of its own."""
    row = orjson.loads(record)
    row |= {"MaHoSo": f"H29.000-{number}", "NgayKetThucXuLy": "", "NgayTra": "", "NgayTuChoi": "", "TrangThaiHoSo": "4"}
    if kind == "no code":
        row["MaHoSo"] = ""
    elif kind == "date that is no date":
        row["NgayTiepNhan"] = "20261345250000"
    elif kind == "unknown unit":
        row["DonViXuLy"] = "UBND Xã Không Có Thật"
    elif kind == "finished before accepted":
        row |= {"NgayKetThucXuLy": "20230105093000", "TrangThaiHoSo": "9"}
    else:
        row["NgayTiepNhan"] = row["NgayNopHoSo"] = ""
    return json(row)
