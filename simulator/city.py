"""The city that is played: its units, procedures and hotline categories, with their weights."""

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator import routes

HERE = Path(__file__).parent
ONLINE_SHARE = 0.34  # dossiers filed online, first half of 2022 (34.13 %)
POST_SHARE = 0.015

# Name of a category (without diacritics) → kind; kind → share of calls (published for October 2025)
KINDS = {
    "hanh chinh": "admin", "thu tuc": "admin", "ha tang": "roads", "giao thong": "roads", "tieng on": "noise",
    "buyt": "bus", "van tai": "bus", "ngap": "flood", "thoat nuoc": "flood", "trat tu": "order",
    "moi truong": "waste", "ve sinh": "waste", "rac": "waste",
}  # fmt: skip
CALL_SHARES = {"admin": 0.43, "roads": 0.185, "noise": 0.09, "bus": 0.075, "flood": 0.05, "order": 0.07, "waste": 0.06}
CATEGORIES = (
    ("hanh-chinh-cong", "Hành chính công", 120.0), ("ha-tang-do-thi", "Hạ tầng đô thị", 72.0),
    ("tieng-on", "Tiếng ồn", 24.0), ("xe-buyt", "Xe buýt", 72.0), ("ngap-nuoc", "Ngập nước", 48.0),
    ("trat-tu-do-thi", "Trật tự đô thị", 24.0), ("moi-truong", "Môi trường", 72.0), ("khac", "Khác", 120.0),
)  # fmt: skip


@dataclass(frozen=True)
class Procedure:
    """Hold one procedure with what the simulation needs of it."""

    code: str
    name: str
    field: str
    field_code: str
    days: int
    family: str
    weight: float
    online: float
    rural: float


@dataclass(frozen=True)
class Category:
    """Hold one hotline category."""

    code: str
    name: str
    sla_hours: float
    kind: str


@dataclass(frozen=True)
class City:
    """Hold the units (U), procedures (P) and categories (C) of the city and their weights."""

    root: str
    codes: list[str]
    names: list[str]
    former: np.ndarray  # (U,) former district
    rural: np.ndarray  # (U,) bool
    weight: np.ndarray  # (U,) shares of population
    procedures: list[Procedure]
    family: np.ndarray  # (P,) index into routes.FAMILIES
    days: np.ndarray  # (P,) statutory working days
    mix: np.ndarray  # (2, P) cumulated shares in urban and rural units
    online_odds: np.ndarray  # (P,) log odds before the city's level is set
    categories: list[Category]


def read(folder: Path) -> City:
    """Read the registry files of a profile folder; raise OSError when units.csv is missing."""
    every_unit = _rows(folder / "units.csv")
    units = _leaves(every_unit)
    known = {row["code"]: row for row in _rows(HERE / "population.csv")}
    rural = np.array([unit["kind"] in ("rural", "commune", "xã") for unit in units])
    people = [float(known[u["code"]]["population"]) if u["code"] in known else 50_000.0 for u in units]
    procedures = _procedures(folder)
    mix = np.array([[p.weight for p in procedures], [p.weight * p.rural for p in procedures]]).cumsum(axis=1)
    online = np.array([p.online for p in procedures])
    return City(
        root=_root(every_unit),
        codes=[unit["code"] for unit in units],
        names=[unit["name_vi"] for unit in units],
        former=np.array([known.get(unit["code"], {}).get("former", "") for unit in units]),
        rural=rural,
        weight=np.array(people) / sum(people),
        procedures=procedures,
        family=np.array([routes.FAMILIES.index(p.family) for p in procedures]),
        days=np.array([p.days for p in procedures]),
        mix=mix / mix[:, -1:],
        online_odds=np.log(online / (1 - online)),
        categories=_categories(folder),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file as a list of rows, empty when there is none."""
    if not path.exists():
        if path.name == "units.csv":
            raise FileNotFoundError(f"{path} is missing")
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _leaves(units: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the units in force that have none below them."""
    valid = [unit for unit in units if not unit.get("valid_to")]
    parents = {unit["parent_code"] for unit in valid}
    return [unit for unit in valid if unit["code"] not in parents]


def _root(units: list[dict[str, str]]) -> str:
    """Return the code of the unit above all others."""
    listed = {unit["code"] for unit in units}
    tops = [unit["code"] for unit in units if not unit["parent_code"] and not unit.get("valid_to")]
    outside = [unit["parent_code"] for unit in units if unit["parent_code"] not in listed]
    return (tops or outside or [""])[0]


def _procedures(folder: Path) -> list[Procedure]:
    mix = {row["code"]: row for row in _rows(HERE / "mix.csv")}
    field_codes = {row["name_vi"]: row["code"] for row in _rows(folder / "fields.csv")}
    other = {"family": "social", "weight": "0.2", "online": "0.34", "rural": "1.0"}
    found = []
    for position, row in enumerate(_rows(folder / "procedures.csv")):
        how = mix.get(row["code"], other)
        field = row["field"]
        days = int(float(row["statutory_days"])) if row.get("statutory_days") else 5 + position % 11
        code = field if field in field_codes.values() else field_codes.get(field, slug(field))
        found.append(
            Procedure(row["code"], row["name_vi"], field, code, days, how["family"],
                      float(how["weight"]), float(how["online"]), float(how["rural"]))
        )  # fmt: skip
    if not found:
        raise ValueError(f"{folder / 'procedures.csv'} names no procedure")
    return found


def _categories(folder: Path) -> list[Category]:
    rows = _rows(folder / "categories.csv")
    listed = [(row["code"], row["name_vi"], float(row.get("sla_hours") or 120)) for row in rows]
    return [Category(code, name, hours, _kind(name)) for code, name, hours in listed or CATEGORIES]


def _kind(name: str) -> str:
    plain = slug(name).replace("-", " ")
    return next((kind for words, kind in KINDS.items() if words in plain), "other")


def call_weights(categories: list[Category]) -> np.ndarray:
    """Return the share of calls of each category; what has no published share splits the rest."""
    kinds = [category.kind for category in categories]
    rest = 1 - sum(CALL_SHARES.get(kind, 0.0) for kind in set(kinds))
    share = [CALL_SHARES.get(kind, rest) / kinds.count(kind) for kind in kinds]
    return np.array(share) / sum(share)


def slug(text: str) -> str:
    """Return a name in plain letters.

    >>> slug("Đất đai")
    'dat-dai'
    """
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    letters = "".join(c if c.isalnum() and c.isascii() else " " for c in plain if not unicodedata.combining(c))
    return "-".join(letters.lower().split())
