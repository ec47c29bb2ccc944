"""Columns, values and times of the two standards that need no mapping: the national portal and Open311."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Standard:
    """Hold what a feed of a known standard need not say; `optional` sources may be absent from the records."""

    columns: Mapping[str, str]
    times: str
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    service: str = ""


# The national public service portal: DongBoHoSoMC, statuses 1 to 10, yyyyMMddHHmmss in local time.
# KenhThucHien: 1 at the counter, 2 online, 3 by public post; none given counts as 1.
_DOSSIERS = Standard(
    columns={
        "code": "MaHoSo",
        "procedure": "MaTTHC",
        "unit": "DonViXuLy",
        "channel": "KenhThucHien",
        "submitted_at": "NgayNopHoSo",
        "accepted_at": "NgayTiepNhan",
        "due_at": "NgayHenTra",
        "finished_at": "NgayKetThucXuLy",
        "returned_at": "NgayTra",
        "stopped_at": "NgayTuChoi",
        "status": "TrangThaiHoSo",
        "changed_at": "NgayCapNhat",
        "asked_at": "NgayYeuCauBoSung",
    },
    times="%Y%m%d%H%M%S",
    values={"channel": {"1": "counter", "2": "online_full", "3": "post", "": "counter"}},
    optional=frozenset({"NgayCapNhat", "NgayYeuCauBoSung"}),
    service="DongBoHoSoMC",
)

_STEPS = Standard(
    columns={
        "code": "MaBuoc",
        "dossier": "MaHoSo",
        "agency": "DonViXuLy",
        "department": "PhongBanXuLy",
        "started_at": "NgayBatDau",
        "due_at": "NgayKetThucTheoQuyDinh",
        "status": "TrangThai",
        "changed_at": "ThoiDiemXuLy",
    },
    times="%Y%m%d%H%M%S",
    optional=frozenset({"MaBuoc", "DonViXuLy"}),
    service="CapNhatTienDoHoSoMC",
)

# GeoReport v2. It has no closing time: the three derived columns are made by the connector.
_TICKETS = Standard(
    columns={
        "code": "service_request_id",
        "opened_at": "requested_datetime",
        "due_at": "expected_datetime",
        "first_answer_at": "first_answer_datetime",
        "closed_at": "closed_datetime",
        "reopened_at": "reopened_datetime",
        "unit": "agency_responsible",
        "category": "service_name",
        "status": "status",
        "changed_at": "updated_datetime",
    },
    times="iso8601",
    optional=frozenset({"expected_datetime", "first_answer_datetime", "reopened_datetime"}),
)

STANDARDS: dict[tuple[str, str], Standard] = {
    ("portal", "dossiers"): _DOSSIERS,
    ("portal", "steps"): _STEPS,
    ("open311", "tickets"): _TICKETS,
}

# What tells of a person. A feed file may not map these, whatever it calls them.
PERSONAL: dict[str, frozenset[str]] = {
    "portal": frozenset(
        {
            "ChuHoSo",
            "MaDoiTuong",
            "ThongTinKhac",
            "Email",
            "Fax",
            "SoDienThoai",
            "TrichYeuHoSo",
            "ThongTinTra",
            "GhiChu",
            "DinhDanhCHS",
            "NguoiXuLy",
            "ChucDanh",
            "NoiDungXuLy",
            "DiaChi",
            "TaiLieuNop",
            "DanhSachTepDinhKemKhac",
            "DanhSachHoSoBoSung",
            "DanhSachGiayToKetQua",
        }
    ),
    "open311": frozenset(
        {
            "description",
            "status_notes",
            "address",
            "address_id",
            "lat",
            "long",
            "media_url",
            "email",
            "phone",
            "first_name",
            "last_name",
            "device_id",
            "account_id",
        }
    ),
}
