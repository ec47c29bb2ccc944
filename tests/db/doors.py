"""A push door on a loopback port, and a sender's software that calls it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from etl.door import senders, server
from etl.door.senders import New
from sql import database
from tests.conftest import SMALL_PROFILE

PASSWORD = "mật khẩu của quận"
LOGIN, CALL, REQUESTS = "/portal/mapi/login", "/portal/mapi/g", "/open311/v2/requests.json"


@contextmanager
def door(url: str, profile: Path = SMALL_PROFILE, **given: Any) -> Iterator[str]:
    """Open a door of a database on a free port; yield its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(server.create_app(url, profile, **given), log_level="critical", lifespan="on")
    program = server.Server(config)
    program.install_signal_handlers = lambda: None
    thread = threading.Thread(target=lambda: program.run(sockets=[listener]))
    program.capture_signals = _nothing
    thread.start()
    try:
        while not program.started:
            assert thread.is_alive()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        program.should_exit = True
        thread.join(30)
        listener.close()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def add_sender(url: str, name: str = "quan-an", units: tuple[str, ...] = ("10",), **given: Any) -> str:
    """Add a sender of units of the small city; return its api_key."""
    told = {"title": name, "datasets": ("dossiers", "steps", "tickets"), "late_after_s": 600, "ok_code": "0"} | given
    pairs = [tuple(reversed(text.split("="))) if "=" in text else (text, "") for text in units]
    with closing(database.connect(url)) as conn:
        return senders.add(conn, New(name=name, units=pairs, password=PASSWORD, **told))


class Software:
    """Call a door as a sender's software does."""

    def __init__(self, address: str, name: str = "quan-an", agency: str = "H29.10") -> None:
        self.http = httpx.Client(base_url=address, timeout=60)
        self.name, self.agency = name, agency
        self.session = self.login()["session"]

    def login(self, password: str = PASSWORD) -> dict[str, Any]:
        return self.http.post(LOGIN, json={"username": self.name, "password": password}).json()

    def asked(self, service: str, data: Any = None, **more: Any) -> httpx.Response:
        envelope = {"session": self.session, "madonvi": self.agency, "service": service, "isUpdating": "False"}
        return self.http.post(CALL, json=envelope | ({} if data is None else {"data": data}) | more)

    def dossiers(self, *records: Any, **more: Any) -> dict[str, Any]:
        return self.asked("DongBoHoSoMC", list(records), **more).json()

    def steps(self, *records: Any) -> dict[str, Any]:
        return self.asked("CapNhatTienDoHoSoMC", list(records)).json()

    def close(self) -> None:
        self.http.close()


@contextmanager
def software(address: str, name: str = "quan-an", agency: str = "H29.10") -> Iterator[Software]:
    """Log in, and close the connection at the end."""
    made = Software(address, name, agency)
    try:
        yield made
    finally:
        made.close()


def dossier(number: int, **more: Any) -> dict[str, Any]:
    """Return a dossier as the software of a unit sends it, personal data left out."""
    return {
        "MaHoSo": f"H29.10-261120-{number:04}", "MaTTHC": "P2", "KenhThucHien": "2", "DonViXuLy": "UBND Quận An",
        "NgayTiepNhan": "20261120090000", "NgayHenTra": "20261127170000", "TrangThaiHoSo": "4",
        "NgayNopHoSo": "20261120080000", "NgayKetThucXuLy": "", "NgayTra": "", "NgayTuChoi": "",
    } | more  # fmt: skip


def step(number: int, at: str = "20261120100000", **more: Any) -> dict[str, Any]:
    """Return a progress row as the software of a unit sends it."""
    return {
        "MaHoSo": f"H29.10-261120-{number:04}", "ThoiDiemXuLy": at, "PhongBanXuLy": "Một cửa", "TrangThai": "4",
        "NgayBatDau": "", "NgayKetThucTheoQuyDinh": "",
    } | more  # fmt: skip
