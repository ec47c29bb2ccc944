"""Which unit of a geography collects the facts of which unit, whatever day either of them existed.

Works on any objects with the attributes of Unit and Successor; names no city.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Generic, NamedTuple, Protocol, TypeVar


class Bearer(Protocol):
    """What bore a code or name from one day to another (None = still does)."""

    @property
    def valid_from(self) -> date:
        """The first day."""

    @property
    def valid_to(self) -> date | None:
        """The last day; None = still goes on."""


class Unit(Bearer, Protocol):
    """A unit of the registry; `parent_code` names whoever bore that code at the time."""

    @property
    def id(self) -> int:
        """The number facts know it by."""

    @property
    def key(self) -> str:
        """The text it is known by outside."""

    @property
    def code(self) -> str:
        """The official code, which another may bear at another time."""

    @property
    def level(self) -> str:
        """The level it stands on: district, commune, ..."""

    @property
    def parent_code(self) -> str | None:
        """The code of the unit above it."""


class Successor(Protocol):
    """The `share` (0..1] of unit `from_id` that went into unit `to_id`."""

    @property
    def from_id(self) -> int:
        """The unit that ended."""

    @property
    def to_id(self) -> int:
        """The unit that took over."""

    @property
    def share(self) -> float:
        """The part that was taken over, above 0 and up to 1."""


class Geography(Protocol):
    """The units of some levels that were valid on a day (None = today)."""

    @property
    def levels(self) -> Sequence[str]:
        """The levels whose units make it up."""

    @property
    def on(self) -> date | None:
        """The day on which they are valid."""


B = TypeVar("B", bound=Bearer)
U = TypeVar("U", bound=Unit)


class Membership(NamedTuple):
    """The unit that collects another's facts, and the share of them that is really its own.

    `target_id` is None when no unit of the geography can collect them; `estimated` when they had to be split.
    """

    target_id: int | None
    share: float
    estimated: bool


NOWHERE = Membership(None, 0.0, False)


def is_valid(bearer: Bearer, on: date) -> bool:
    """Tell whether a unit existed on a day; its last day counts."""
    return bearer.valid_from <= on and (bearer.valid_to is None or on <= bearer.valid_to)


def resolve(candidates: Iterable[B], on: date) -> B | None:
    """Return the bearer of a reused code or name that was valid on a day, or else the nearest in time.

    The first of several wins. None when there are no candidates.
    """
    return min(candidates, key=lambda bearer: _days_away(bearer, on), default=None)


def memberships(
    units: Sequence[U], successors: Iterable[Successor], geography: Geography, today: date
) -> dict[int, Membership]:
    """Return for every unit, by id, which unit of the geography collects its facts.

    A unit of the geography collects its own. Others go to their nearest ancestor in it (the parent of their own
    time); or else along the successors towards the geography's day, over the largest share first, as far as
    needed. Backwards, the share is that of a predecessor among all that are known; of predecessors that followed
    each other the one nearest to the day is taken. A unit that was split over units of another level is placed
    nowhere: a district's facts are not those of one of its communes.
    """
    return _Atlas(units, successors, geography, today).memberships()


def _days_away(bearer: Bearer, on: date) -> int:
    if on < bearer.valid_from:
        return (bearer.valid_from - on).days
    if bearer.valid_to is not None and bearer.valid_to < on:
        return (on - bearer.valid_to).days
    return 0


class _Atlas(Generic[U]):
    """The units by id and code, and their links through time, seen from one geography."""

    def __init__(self, units: Sequence[U], successors: Iterable[Successor], geography: Geography, today: date) -> None:
        self.units = {unit.id: unit for unit in units}
        self.levels = frozenset(geography.levels)
        self.on = geography.on or today
        self.bearers: dict[str, list[U]] = defaultdict(list)
        for unit in units:
            self.bearers[unit.code].append(unit)
        self.next: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self.previous: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for link in successors:
            self.next[link.from_id].append((link.to_id, float(link.share)))
            self.previous[link.to_id].append((link.from_id, float(link.share)))

    def memberships(self) -> dict[int, Membership]:
        return {id_: self._place(unit, frozenset()) for id_, unit in self.units.items()}

    def _place(self, unit: U, seen: frozenset[int]) -> Membership:
        """Place a unit that was reached over the units `seen` (links that form a circle end there)."""
        for ancestor in self._lineage(unit):
            if self._belongs(ancestor):
                return Membership(ancestor.id, 1.0, False)
        for ancestor in self._lineage(unit):
            if ancestor.id in seen:
                continue
            for other, share in self._links(ancestor):
                found = self._place(other, seen | {ancestor.id})
                if found.target_id is not None:
                    whole = share * found.share
                    return Membership(found.target_id, whole, found.estimated or whole < 1)
        return NOWHERE

    def _belongs(self, unit: U) -> bool:
        return unit.level in self.levels and is_valid(unit, self.on)

    def _lineage(self, unit: U) -> Iterator[U]:
        """Yield the unit and its ancestors, nearest first, each as it was in the time of the one below."""
        met: set[int] = set()
        above: U | None = unit
        while above is not None and above.id not in met:
            yield above
            met.add(above.id)
            day = max(above.valid_from, min(self.on, above.valid_to or self.on))
            above = resolve(self.bearers.get(above.parent_code or "", ()), day)

    def _links(self, unit: U) -> list[tuple[U, float]]:
        """Return the units one step nearer to the geography's day with their shares, largest first."""
        links: list[tuple[U, float]] = []
        if unit.valid_from <= self.on:
            links += self._forward(unit)
        if unit.valid_to is None or self.on <= unit.valid_to:
            links += self._backward(unit)
        return sorted(links, key=lambda link: -link[1])

    def _forward(self, unit: U) -> list[tuple[U, float]]:
        links = [(self.units[id_], share) for id_, share in self.next[unit.id] if id_ in self.units]
        return [(other, share) for other, share in links if share == 1 or other.level == unit.level]

    def _backward(self, unit: U) -> list[tuple[U, float]]:
        links = [(self.units[id_], share) for id_, share in self.previous[unit.id] if id_ in self.units]
        told = [(other, share) for other, share in links if not self._is_retold(other, links)]
        total = sum(share for _, share in told)
        return [(other, share / total) for other, share in told]

    def _is_retold(self, unit: U, links: Sequence[tuple[U, float]]) -> bool:
        """Tell whether the same part is also linked as it was in another era, nearer to the geography's day."""
        kin = {id_ for id_, _ in self.next[unit.id] + self.previous[unit.id]}
        away = _days_away(unit, self.on)
        return any(other.id in kin and _days_away(other, self.on) < away for other, _ in links)
