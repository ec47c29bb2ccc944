"""The national portal's envelope: its error codes, its words, and what a call of it holds.

Codes and services as the clients of the portal know them: 0 or 00 = well, -1 = log in again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from etl.door.records import Row
from etl.door.writer import NOT_THEIRS
from etl.load import REFUSED

WELL, SESSION, RECORDS, SERVICE, CALL, BUSY, DOWN = "0", "-1", "-2", "-4", "-5", "-6", "-7"
DOSSIERS, STEPS, FIND, PROCEDURE = "DongBoHoSoMC", "CapNhatTienDoHoSoMC", "TraCuuHoSo", "LayThuTuc"
DATASETS = {DOSSIERS: "dossiers", STEPS: "steps"}
MOST_RECORDS = {DOSSIERS: 500, STEPS: 10}
REASONS = {
    "no code": "Thiếu mã hồ sơ",
    "no opening time": "Thiếu ngày tiếp nhận hoặc ngày nộp hồ sơ",
    "unreadable time": "Ngày giờ không đúng định dạng yyyyMMddHHmmss",
    "closed before opened": "Ngày kết thúc trước ngày tiếp nhận",
    "unknown unit": "Không tìm thấy đơn vị xử lý",
    "unknown procedure": "Không tìm thấy thủ tục hành chính",
    "unknown category": "Không tìm thấy lĩnh vực phản ánh",
    "value outside its list": "Giá trị không thuộc danh mục",
    "not a number": "Giá trị không phải là số",
    "unreadable text": "Nội dung không đọc được",
    "not a record": "Bản ghi không hợp lệ",
    NOT_THEIRS: "Hồ sơ không thuộc đơn vị của tài khoản",
    REFUSED: "Cơ sở dữ liệu từ chối bản ghi",
}


class Refusal(Exception):
    """A call that is refused as a whole: its code, its message, the HTTP status, and when to try again."""

    def __init__(self, code: str, message: str, status: int = 200, retry_s: int | None = None) -> None:
        """Keep them."""
        super().__init__(message)
        self.code, self.status, self.retry_s = code, status, retry_s


@dataclass(frozen=True)
class Told:
    """Hold the readable parts of a call of `mapi/g`."""

    session: str
    agency: str
    service: str
    data: list[Any]
    asked: str


def read(told: Any) -> Told:
    """Return the parts of a call; Refusal for one that is no envelope, or holds too much."""
    if not isinstance(told, dict):
        raise Refusal(CALL, "Nội dung yêu cầu không phải là một đối tượng JSON", 400)
    session, service = _text(told, "session"), _text(told, "service")
    if not session:
        raise Refusal(SESSION, "Phiên làm việc không hợp lệ hoặc đã hết hạn")
    if service in (FIND, PROCEDURE):
        return Told(session, _text(told, "madonvi"), service, [], _text(told, "mahoso") or _text(told, "maTTHC"))
    if service not in DATASETS:
        raise Refusal(SERVICE, f"Không có dịch vụ {service[:40]!r}")
    if _text(told, "isUpdating").lower() not in ("", "true", "false"):
        raise Refusal(CALL, "isUpdating phải là True hoặc False")
    data = told.get("data")
    if not isinstance(data, list):
        raise Refusal(CALL, "Thiếu danh sách bản ghi (data)")
    if len(data) > MOST_RECORDS[service]:
        raise Refusal(CALL, f"Mỗi lần gửi tối đa {MOST_RECORDS[service]} bản ghi, nhận được {len(data)}")
    return Told(session, _text(told, "madonvi"), service, data, "")


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, bool | int) else ""


def answer(rows: list[Row], ok_code: str) -> dict[str, Any]:
    """Return the answer to records that are stored or refused, each with its code and reason."""
    refused = [row for row in rows if row.outcome == "refused"]
    data = [{"MaHoSo": code(row), **_result(row, ok_code)} for row in rows]
    if not refused:
        return {"error_code": ok_code, "message": "Đồng bộ thành công", "data": data}
    first = _result(refused[0], ok_code)["message"]
    return {
        "error_code": RECORDS,
        "message": f"{len(refused)}/{len(rows)} bản ghi bị từ chối: {first}",
        "data": data,
    }


def _result(row: Row, ok_code: str) -> dict[str, str]:
    if row.outcome != "refused":
        return {"error_code": ok_code, "message": "Thành công" if row.outcome == "merged" else "Không có thay đổi"}
    detail = f" ({row.detail})" if row.detail and row.reason != REFUSED else ""
    return {"error_code": RECORDS, "message": f"{REASONS[row.reason]}{detail}"}


def code(row: Row) -> str:
    """Return the dossier that a record speaks of, as far as it says so."""
    value = (row.record or {}).get("MaHoSo")
    return str(value)[:50] if isinstance(value, str | int) else ""
