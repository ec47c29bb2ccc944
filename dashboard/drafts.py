"""The draft of a letter of apology as .docx: what the rule requires is filled in, what the officer knows is dotted.

Form: Circular 03/2025/TT-VPCP, form 04 (apology and request for more time), by its title; contents: Decision
5157/QĐ-UBND of 30 September 2016. No name of a person stands in it: the program has none.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

BLANK = "........................................"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SIGNERS = {"head": "NGƯỜI ĐỨNG ĐẦU CƠ QUAN", "cause": "NGƯỜI ĐỨNG ĐẦU CƠ QUAN ĐỂ XẢY RA CHẬM TRỄ"}
STATUSES = {
    1: "mới đăng ký", 2: "đã tiếp nhận", 4: "đang xử lý", 5: "đang chờ bổ sung giấy tờ",
    6: "đang chờ thực hiện nghĩa vụ tài chính", 9: "đã xử lý xong", 10: "đã trả kết quả",
}  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """What a letter tells; `holder` has the file now, `send_by` is the last day on which it is in time."""

    code: str
    unit: str
    procedure: str
    status: int | None
    accepted_at: datetime | None
    due_at: datetime | None
    holder: str
    signer: str | None
    send_by: date | None
    longest_days: float | None
    sources: tuple[str, ...]
    zone: tzinfo


def written(draft: Draft) -> bytes:
    """Return the letter as the bytes of a .docx file, in Vietnamese."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(13)
    document.core_properties.title = f"Thư xin lỗi, hồ sơ {draft.code}"
    document.core_properties.author = ""
    _head(document, draft)
    _body(document, draft)
    _sign(document, draft)
    _note(document, draft)
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def _head(document: Any, draft: Draft) -> None:
    table = document.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    _centred(left.paragraphs[0], draft.unit.upper(), bold=True)
    _centred(left.add_paragraph(), "Số: ........./XL-.........")
    _centred(right.paragraphs[0], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold=True)
    _centred(right.add_paragraph(), "Độc lập - Tự do - Hạnh phúc", bold=True)
    _centred(right.add_paragraph(), "..................., ngày ...... tháng ...... năm ..........")
    document.add_paragraph()
    _centred(document.add_paragraph(), "VĂN BẢN XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ", bold=True)
    _centred(document.add_paragraph(), f"Kính gửi: Ông/Bà {BLANK}")


def _body(document: Any, draft: Draft) -> None:
    accepted, due = _day(draft.accepted_at, draft.zone), _hour(draft.due_at, draft.zone)
    status = STATUSES.get(draft.status or 0, BLANK)
    for line in (
        f"Ngày {accepted}, {draft.unit} đã tiếp nhận hồ sơ của Ông/Bà, số biên nhận (mã hồ sơ): {draft.code}.",
        f"Thủ tục đề nghị giải quyết: {draft.procedure}.",
        f"Thời gian hẹn trả kết quả: {due}.",
        f"Tình trạng hồ sơ hiện nay: {status}; nơi đang giữ hồ sơ: {draft.holder or BLANK}.",
        "Đến nay hồ sơ chưa được giải quyết xong theo thời gian đã hẹn.",
        f"Lý do chậm trễ: {BLANK}{BLANK}",
        f"{draft.unit} xin lỗi Ông/Bà về sự chậm trễ này.",
        f"Thời gian trả kết quả hẹn lại: ....... giờ ......., ngày {BLANK[:14]}" + _longest(draft),
        "Rất mong Ông/Bà thông cảm.",
    ):
        document.add_paragraph(line).paragraph_format.first_line_indent = Cm(1)


def _longest(draft: Draft) -> str:
    if draft.longest_days is None:
        return "."
    return f" (gia hạn không quá {draft.longest_days:g} ngày làm việc)."


def _sign(document: Any, draft: Draft) -> None:
    table = document.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    left.paragraphs[0].add_run("Nơi nhận:\n- Như trên;\n- Bộ phận Một cửa;\n- Lưu: VT.").italic = True
    _centred(right.paragraphs[0], SIGNERS.get(draft.signer or "", SIGNERS["head"]), bold=True)
    _centred(right.add_paragraph(), "(Ký, ghi rõ họ tên, đóng dấu)")


def _note(document: Any, draft: Draft) -> None:
    """Say, for the officer, by when the letter must be sent and by which rules; it is taken out before sending."""
    parts = ["Bản nháp do hệ thống lập; phần chấm để cán bộ điền, bỏ dòng này trước khi gửi."]
    if draft.send_by:
        parts.append(f"Gửi chậm nhất hết ngày {draft.send_by:%d/%m/%Y}.")
    if draft.sources:
        parts.append(f"Căn cứ: {'; '.join(draft.sources)}.")
    run = document.add_paragraph().add_run(" ".join(parts))
    run.italic, run.font.size = True, Pt(9)


def _centred(paragraph: Any, said: str, bold: bool = False) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(said).bold = bold


def _day(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%d/%m/%Y") if at else BLANK[:14]


def _hour(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%H giờ %M, ngày %d/%m/%Y") if at else BLANK
