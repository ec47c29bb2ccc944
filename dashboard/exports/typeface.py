"""The typeface of paper: Inter, cut to Latin and Vietnamese letters, figures of one width; embedded in each file."""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).resolve().parents[1] / "fonts"
REGULAR, BOLD = "Inter", "Inter-SemiBold"
FILES = {REGULAR: "inter-regular.ttf", BOLD: "inter-semibold.ttf"}
MORE = "…"


@cache
def register() -> None:
    """Make the typeface known to reportlab, once a process."""
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(FOLDER / file)))


def width(text: str, font: str, size: float) -> float:
    """Return the width of a text in points."""
    return pdfmetrics.stringWidth(text, font, size)


def fitted(text: str, font: str, size: float, room: float) -> str:
    """Return a text, cut with … when it is wider than its room."""
    if width(text, font, size) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + MORE, font, size) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + MORE if low else ""


def wrapped(text: str, font: str, size: float, room: float, most: int) -> list[str]:
    """Return a text in at most so many lines; what does not fit into the last is cut."""
    lines, words = [""], text.split()
    while words:
        longer = f"{lines[-1]} {words[0]}".strip()
        if not lines[-1] or width(longer, font, size) <= room:
            lines[-1] = longer
            words.pop(0)
        elif len(lines) < most:
            lines.append("")
        else:
            lines[-1] = " ".join((lines[-1], *words))
            break
    return [fitted(one, font, size, room) for one in lines]
