"""The text of the portal's progress records (CapNhatTienDoHoSoMC)."""

import numpy as np

from simulator import listings, routes
from simulator.archive import Archive, Day
from simulator.dossier_records import codes, json
from simulator.instants import NEVER, compact
from simulator.listings import Listing
from simulator.lives import ACCEPTED

OFFICER = "CAN BO MO PHONG"
_RECORD = (
    '{"MaHoSo":"%s","MaBuoc":"%d","NguoiXuLy":"' + OFFICER + '","ChucDanh":"Chuyên viên","ThoiDiemXuLy":"%s",'
    '"DonViXuLy":%s,%s,"TrangThai":"%s","NgayBatDau":"%s","NgayKetThucTheoQuyDinh":"%s","NgayKetThucXuLy":"%s",'
    '"NgayCapNhat":"%s"}'
)


class StepRecords:
    """Spell the steps of dossiers: who holds the file, since when, until when it should, when it passed it on."""

    def __init__(self, archive: Archive):
        """Prepare the parts of records that never change."""
        self.archive = archive
        self.shares = routes.shares()
        self.agencies = [json(f"UBND {name}") for name in archive.city.names]
        self.stops = [[_words(route, stop) for stop in range(len(route))] for route in routes.ROUTES.values()]
        self.holders = [
            ["" if stop.agency == routes.OWN else json(stop.agency) for stop in route]
            for route in routes.ROUTES.values()
        ]

    def spell(self, listing: Listing, page: slice) -> list[str]:
        """Return the records of a page."""
        return listings.by_day(self.archive, listing, page, self._of_day)

    def _of_day(self, day: Day, rows: np.ndarray, parts: np.ndarray, changed: np.ndarray, seen_at: int) -> list[str]:
        del seen_at  # the changed time of a step says which of its two records it is
        lives = day.lives
        stop = np.where(parts < 0, -1 - parts, parts)
        family = self.archive.city.family[lives.arrivals.procedure[rows]]
        place = np.arange(len(rows))
        told_ended = listings.stops(self.archive, day, rows, told=True)[1][place, stop]
        begun, ended = (column[place, stop] for column in listings.stops(self.archive, day, rows, told=False))
        over = (told_ended <= changed) & (told_ended != NEVER)
        last = over & (stop == routes.STEPS[family] - 1)
        where = zip(family.tolist(), stop.tolist(), strict=True)
        names = [(self.holders[f][s], self.stops[f][s]) for f, s in where]
        units = lives.arrivals.unit[rows].tolist()
        columns = (
            codes(day, rows),
            (stop + 1).tolist(),
            compact(np.where(over, ended, begun)),
            [holder or self.agencies[unit] for (holder, _), unit in zip(names, units, strict=True)],
            [words for _, words in names],
            np.where(last, "9", "4").tolist(),
            compact(begun),
            compact(self._due(day, rows, family, stop)),
            compact(np.where(over, ended, NEVER)),
            compact(changed),
        )
        return [_RECORD % values for values in zip(*columns, strict=True)]

    def _due(self, day: Day, rows: np.ndarray, family: np.ndarray, stop: np.ndarray) -> np.ndarray:
        """Return when each stop should be done: its share of the time up to the first appointment."""
        pace = self.archive.workdays.pace
        accepted, due = day.lives.times[rows, ACCEPTED], day.lives.due[rows]
        begun = pace.spent(accepted)
        at = pace.when(begun + self.shares[family, stop] * (pace.spent(np.where(due == NEVER, accepted, due)) - begun))
        return np.where(due == NEVER, NEVER, self.archive.workdays.office_start(at))


def _words(route: tuple[routes.Stop, ...], number: int) -> str:
    """Return the department of a stop and what it does."""
    says = f"Chuyển {route[number + 1].department}" if number + 1 < len(route) else "Hoàn thành xử lý"
    return f'"PhongBanXuLy":{json(route[number].department)},"NoiDungXuLy":{json(says)}'
