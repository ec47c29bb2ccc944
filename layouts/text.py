"""The words of the screens by language, and numbers and dates as that language writes them."""

import tomllib
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

LANGUAGES = ("vi", "en")
LOCALES = Path(__file__).parent / "locale"
MOMENT = {"vi": "HH:mm dd/MM/yyyy", "en": "HH:mm, d MMM yyyy"}
INSTANT = {"vi": "HH:mm:ss dd/MM/yyyy", "en": "HH:mm:ss, d MMM yyyy"}
DAY = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"}


def language(asked: str | None) -> str:
    """Return the language asked for in the address, or Vietnamese when there is no such one.

    >>> language("en"), language("fr"), language(None)
    ('en', 'vi', 'vi')
    """
    return asked if asked in LANGUAGES else LANGUAGES[0]


@cache
def words(language: str) -> dict[str, str]:
    """Return every word of a language by dotted key; raises ValueError for a key that two files say."""
    found: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.toml")):
        more = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
        if twice := found.keys() & more.keys():
            raise ValueError(f"{path.name}: said twice: {', '.join(sorted(twice))}")
        found |= more
    return found


def say(language: str, key: str, **values: object) -> str:
    """Return the words under a key with the placeholders filled; raises KeyError for an unknown key.

    >>> say("vi", "age.ago", age="3 giây")
    '3 giây trước'
    """
    return words(language)[key].format(**values)


def number(language: str, value: float, digits: int = 0) -> str:
    """Write a number with a fixed number of decimals; halves go up, as in the browser.

    >>> number("vi", 1234.5, 1), number("en", 1234.5, 1)
    ('1.234,5', '1,234.5')
    """
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return format_decimal(rounded, format=pattern, locale=language)


def percent(language: str, fraction: float, digits: int = 1) -> str:
    """Write a fraction as a percentage.

    >>> percent("en", 0.953)
    '95.3%'
    """
    return say(language, "format.percent", value=number(language, 100 * fraction, digits))


def moment(language: str, at: datetime, zone: tzinfo) -> str:
    """Write an instant to the minute, in the zone of the city."""
    return format_datetime(at, MOMENT[language], tzinfo=zone, locale=language)


def instant(language: str, at: datetime, zone: tzinfo) -> str:
    """Write an instant to the second, in the zone of the city."""
    return format_datetime(at, INSTANT[language], tzinfo=zone, locale=language)


def day(language: str, on: date) -> str:
    """Write a day.

    >>> day("vi", date(2026, 11, 22)), day("en", date(2026, 11, 22))
    ('22/11/2026', '22 Nov 2026')
    """
    return format_date(on, DAY[language], locale=language)


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found
