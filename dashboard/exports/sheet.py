"""Sheets of A4, landscape: each bears the title above, and below the frame, its time and the number of the page."""

import io
from dataclasses import dataclass, field

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from dashboard.exports.cover import Cover
from dashboard.exports.typeface import BOLD, REGULAR, fitted, register, width

WIDTH, HEIGHT = landscape(A4)
MARGIN = 34.0
TOP, BOTTOM = HEIGHT - 62, 44.0
ROOM = WIDTH - 2 * MARGIN
INK, MUTE, LINE, PALE = HexColor("#14181f"), HexColor("#566072"), HexColor("#d5dae1"), HexColor("#eef2f6")
ACCENT, SOFT = HexColor("#0f5c8c"), HexColor("#8db8d3")


@dataclass
class Sheet:
    """The paper under the pen: `y` is how far down it is written, in points from below."""

    cover: Cover
    margin_line: str
    y: float = TOP
    held: io.BytesIO = field(default_factory=io.BytesIO)
    pages: int = 1

    def __post_init__(self) -> None:
        """Take the first sheet."""
        register()
        self.canvas = Canvas(self.held, pagesize=(WIDTH, HEIGHT), pageCompression=1)
        self.canvas.setTitle(f"{self.cover.title} · {self.margin_line}")
        self.canvas.setCreator("")
        self._states: list[dict] = []

    def need(self, height: float) -> bool:
        """Take a new sheet when there is less room than that left; tell whether it did."""
        if self.y - height >= BOTTOM:
            return False
        self.turn()
        return True

    def turn(self) -> None:
        """Take a new sheet."""
        self._states.append(dict(self.canvas.__dict__))
        self.canvas._startPage()
        self.pages += 1
        self.y = TOP

    def text(
        self,
        x: float,
        y: float,
        said: str,
        size: float = 8,
        font: str = REGULAR,
        colour: Color = INK,
        align: str = "left",
    ) -> None:
        """Write a line."""
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(colour)
        draw = {
            "left": self.canvas.drawString,
            "right": self.canvas.drawRightString,
            "middle": self.canvas.drawCentredString,
        }
        draw[align](x, y, said)

    def box(self, x: float, y: float, wide: float, high: float, colour: Color) -> None:
        """Fill a box."""
        self.canvas.setFillColor(colour)
        self.canvas.rect(x, y, wide, high, stroke=0, fill=1)

    def rule(self, x: float, y: float, to: float, colour: Color = LINE, thick: float = 0.5) -> None:
        """Draw a horizontal line."""
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(thick)
        self.canvas.line(x, y, to, y)

    def done(self) -> bytes:
        """Return the file: now that all sheets are written, each gets its number."""
        self._states.append(dict(self.canvas.__dict__))
        for number, state in enumerate(self._states, 1):
            self.canvas.__dict__.update(state)
            self._margins(number)
            self.canvas.showPage()
        self.canvas.save()
        return self.held.getvalue()

    def _margins(self, number: int) -> None:
        self.text(MARGIN, HEIGHT - 34, fitted(self.cover.title, BOLD, 12, ROOM * 0.6), 12, BOLD)
        self.text(WIDTH - MARGIN, HEIGHT - 34, self.margin_line, 8.5, REGULAR, MUTE, "right")
        self.rule(MARGIN, HEIGHT - 43, WIDTH - MARGIN, INK, 0.8)
        self.rule(MARGIN, 32, WIDTH - MARGIN)
        counted = self.cover.say("page_of", n=number, of=self.pages)
        self.text(WIDTH - MARGIN, 20, counted, 7.5, REGULAR, MUTE, "right")
        about = " · ".join(f"{name}: {value}" for name, value in self.cover.facts)
        self.text(MARGIN, 20, fitted(about, REGULAR, 7.5, ROOM - width(counted, REGULAR, 7.5) - 20), 7.5, REGULAR, MUTE)
