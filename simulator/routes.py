"""The hands a dossier goes through, by procedure family: agency, department, share of the time, role."""

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 5
OWN = "UBND cấp xã"  # the unit itself


@dataclass(frozen=True)
class Stop:
    """Hold one stop of a route; `share` of the processing time is spent there."""

    agency: str
    department: str
    share: float
    role: str


def _desk(share: float) -> Stop:
    return Stop(OWN, "Trung tâm Phục vụ hành chính công", share, "desk")


def _signs(share: float) -> Stop:
    return Stop(OWN, "Lãnh đạo UBND", share, "leader")


_JUSTICE = "Văn phòng HĐND và UBND"
_ECONOMY = "Phòng Kinh tế, Hạ tầng và Đô thị"
_CULTURE = "Phòng Văn hóa - Xã hội"
_POLICE = "Công an cấp xã"
_LAND = "Chi nhánh Văn phòng Đăng ký đất đai"

ROUTES: dict[str, tuple[Stop, ...]] = {
    "certify": (_desk(0.4), _signs(0.6)),
    "civil": (_desk(0.15), Stop(OWN, _JUSTICE, 0.55, "department"), _signs(0.3)),
    "linked": (
        _desk(0.05),
        Stop(OWN, _JUSTICE, 0.25, "department"),
        Stop(_POLICE, "Tổ quản lý cư trú", 0.4, "police"),
        Stop("Bảo hiểm xã hội", "Bộ phận cấp sổ, thẻ", 0.25, "insurance"),
        _desk(0.05),
    ),
    "residence": (
        _desk(0.1),
        Stop(_POLICE, "Tổ quản lý cư trú", 0.65, "police"),
        Stop(_POLICE, "Chỉ huy", 0.25, "leader"),
    ),
    "identity": (
        _desk(0.1),
        Stop("Công an Thành phố", "Bộ phận hồ sơ", 0.65, "department"),
        Stop("Công an Thành phố", "Chỉ huy", 0.25, "leader"),
    ),
    "business": (_desk(0.1), Stop(OWN, _ECONOMY, 0.65, "department"), _signs(0.25)),
    "construction": (
        _desk(0.05),
        Stop(OWN, _ECONOMY, 0.5, "department"),
        Stop(OWN, "Tổ kiểm tra hiện trạng", 0.25, "survey"),
        _signs(0.2),
    ),
    "land": (
        _desk(0.05),
        Stop(OWN, _ECONOMY, 0.2, "department"),
        Stop(_LAND, "Phòng Đăng ký và cấp giấy", 0.5, "land_office"),
        Stop("Thuế cơ sở", "Bộ phận nghĩa vụ tài chính", 0.15, "tax"),
        _signs(0.1),
    ),
    "social": (
        _desk(0.1),
        Stop(OWN, _CULTURE, 0.45, "department"),
        Stop(OWN, "Hội đồng xét duyệt", 0.25, "council"),
        _signs(0.2),
    ),
}
FAMILIES = tuple(ROUTES)
STEPS = np.array([len(route) for route in ROUTES.values()], dtype=np.int8)


def shares() -> np.ndarray:
    """Return the share of time done after each stop, (families, MOST_STEPS); 1 from the last stop on."""
    table = np.ones((len(ROUTES), MOST_STEPS))
    for row, route in zip(table, ROUTES.values(), strict=True):
        row[: len(route)] = np.minimum(np.cumsum([stop.share for stop in route]), 1.0)
    return table


def stop_of(role: str) -> np.ndarray:
    """Return the number of the stop of a role in each family, the second stop where there is none."""
    roles = [[stop.role for stop in route] for route in ROUTES.values()]
    return np.array([row.index(role) if role in row else 1 for row in roles], dtype=np.int8)
