"""Read the files of a profile folder line by line and note what is wrong with each line."""

from __future__ import annotations

import csv
import math
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

from sql.profile_parts import Problem

TRUE = {"true", "yes", "1", "x"}
FALSE = {"false", "no", "0", ""}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration_s(text: str) -> float:
    """Return the seconds of a duration such as 5s, 10m, 1.5h or 2d; raise ValueError on anything else.

    >>> duration_s("10m"), duration_s("2d")
    (600.0, 172800.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text.strip()) if isinstance(text, str) else None
    if not found or float(found[1]) <= 0:
        raise ValueError(f'"{text}" is no duration such as "5s", "10m", "1h" or "2d"')
    return float(found[1]) * SECONDS[found[2]]


def slug(name: str) -> str:
    """Return an ASCII code for a name.

    >>> slug("Đăng ký, quản lý cư trú")
    'dang-ky-quan-ly-cu-tru'
    """
    plain = unicodedata.normalize("NFKD", name.replace("Đ", "D").replace("đ", "d"))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")


class Row:
    """Give the cells of one line as values and note, in `problems`, the ones that cannot be read."""

    def __init__(self, file: str, line: int, cells: dict[str, str], problems: list[Problem]):
        self.file, self.line, self.cells, self.problems = file, line, cells, problems
        self.refused = False

    def refuse(self, reason: str) -> None:
        """Note what is wrong with this line."""
        self.refused = True
        self.problems.append(Problem(self.file, self.line, reason))

    def text(self, column: str, required: bool = False) -> str:
        """Return a cell, "" when empty."""
        value = self.cells.get(column, "")
        if required and not value:
            self.refuse(f"{column} is empty")
        return value

    def names(self) -> tuple[str, str]:
        """Return both names; the one that is given serves for the one that is not."""
        vi, en = self.text("name_vi"), self.text("name_en")
        if not (vi or en):
            self.refuse("name_vi and name_en are both empty")
        return vi or en, en or vi

    def day(self, column: str, required: bool = False) -> date | None:
        """Return a cell as a day."""
        value = self.text(column, required)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.refuse(f'{column} "{value}" is no date (YYYY-MM-DD)')
            return None

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        """Return a cell as a finite number; one outside low..high is noted."""
        value = self.text(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.refuse(f'{column} "{value}" is no number')
            return None
        if not low <= number <= high:
            self.refuse(f"{column} {value} is not between {low:g} and {high:g}")
        return number

    def integer(self, column: str) -> int | None:
        """Return a cell as a small whole number."""
        number = self.number(column, -32768, 32767)
        if number is not None and number != int(number):
            self.refuse(f"{column} {number:g} is no whole number")
        return None if number is None else int(number)

    def choice(self, column: str, allowed: tuple[str, ...], default: str) -> str:
        """Return a cell that must be one of some words; an empty one means the default."""
        value = self.text(column) or default
        if value not in allowed:
            self.refuse(f'{column} "{value}" is none of {", ".join(allowed)}')
        return value

    def flag(self, column: str) -> bool:
        """Return a cell as yes or no; an empty one means no."""
        value = self.text(column).lower()
        if value not in TRUE | FALSE:
            self.refuse(f'{column} "{value}" is neither true nor false')
        return value in TRUE


def read_text(path: Path, name: str, problems: list[Problem]) -> str | None:
    """Return a file's text in NFC without byte order mark, or None after noting why it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        problems.append(Problem(name, None, f"cannot be read: {error.strerror or error}"))
        return None
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.append(Problem(name, line, "is not UTF-8 text"))
        return None


def read_toml(path: Path, name: str, problems: list[Problem]) -> tuple[dict | None, str]:
    """Return a TOML file's table and its text; the table is None after noting why it cannot be read."""
    text = read_text(path, name, problems)
    if text is None:
        return None, ""
    try:
        return tomllib.loads(text.replace("\r\n", "\n")), text
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        reason = _wrong_day(text.splitlines()[line - 1 : line]) or str(error).split(" (at ")[0]
        problems.append(Problem(name, line, f"bad TOML: {reason}"))
        return None, text


def _wrong_day(lines: list[str]) -> str | None:
    """Name a day that is none: TOML's own message speaks of the list around it."""
    for day in re.findall(r"\b\d{4}-\d\d-\d\d\b", " ".join(lines)):
        try:
            date.fromisoformat(day)
        except ValueError:
            return f"{day} is no date"
    return None


def line_of(text: str, word: str, nth: int = 0) -> int | None:
    """Return the line on which the nth entry or table called `word` begins, or None."""
    pattern = rf'^\s*(?:\[+\s*(?:[\w"-]+\.)*)?"?{re.escape(word)}"?\s*(?:=|\]|\.)'
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(pattern, line)]
    return lines[nth] if nth < len(lines) else None


def read_rows(path: Path, name: str, required: tuple[str, ...], problems: list[Problem]) -> list[Row]:
    """Return the rows of a CSV file; a file that does not exist has none."""
    text = read_text(path, name, problems) if path.exists() else None
    if text is None:
        return []
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    header = _header(reader, name, required, problems)
    return list(_rows(reader, name, header, problems)) if header else []


def _header(reader, name: str, required: tuple[str, ...], problems: list[Problem]) -> list[str]:
    header = [cell.strip() for cell in next(reader, [])]
    wrong = [f"column {column} is missing" for column in required if column not in header]
    wrong += [
        f"column {column} stands there twice" for column in sorted({c for c in header if c and header.count(c) > 1})
    ]
    problems += [Problem(name, 1, reason) for reason in wrong]
    return [] if wrong else header


def _rows(reader, name: str, header: list[str], problems: list[Problem]) -> Iterator[Row]:
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problems.append(Problem(name, reader.line_num, f"{len(cells)} cells under {len(header)} columns"))
                continue
            yield Row(name, reader.line_num, {c: v.strip() for c, v in zip(header, cells, strict=True)}, problems)
    except csv.Error as error:
        problems.append(Problem(name, reader.line_num, f"bad CSV: {error}"))
