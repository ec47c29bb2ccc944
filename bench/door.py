"""The push door under load: `python -m bench.door`. Real doors, clients and Postgres on loopback; nothing is left.

Eight clients send envelopes of ten records as fast as they are answered, to a door that gathers calls and to one that
stores each alone; then the door is killed (-9) now and then while they send, and what stands in the end is counted.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench import city
from etl.door import senders
from etl.door.senders import New
from sql import database

CLIENTS, RECORDS, SECONDS, KILLS = 8, 10, 10.0, 4
PASSWORD = "bench"
LOGIN, CALL = "/portal/mapi/login", "/portal/mapi/g"
PATIENCE_S = 120.0


@dataclass
class Told:
    """Gather what the clients saw: the seconds of each good answer, and how many calls had to be sent again."""

    seconds: list[float] = field(default_factory=list)
    again: int = 0
    answered: int = 0

    def percentile(self, share: float) -> float:
        """Return the seconds within which a share of the calls was answered."""
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]


class Door:
    """A door that is a process of its own."""

    def __init__(self, database_url: str, is_gathering: bool = True) -> None:
        """Take a free port; without gathering each call is a transaction of its own."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.database_url, self.is_gathering = database_url, is_gathering
        self.process: subprocess.Popen

    def open(self) -> None:
        """Start it, and wait until it answers."""
        begin = "import sys; " if self.is_gathering else "import sys, etl.door.gate as gate; gate.MOST_AT_ONCE = 1; "
        program = ["-c", begin + "from etl import cli; sys.exit(cli.main(['door']))"]
        given = {"DATABASE_URL": self.database_url, "DOOR_PORT": str(self.port), "LOG_LEVEL": "error"}
        self.process = subprocess.Popen(
            [sys.executable, *program], cwd=city.ROOT, env=dict(os.environ) | given | {"PROFILE": str(city.PROFILE)}
        )
        over_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < over_at:
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)) as conn:
                    conn.request("GET", "/healthz")
                    conn.getresponse().read()
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the door does not open")

    def kill(self) -> None:
        """Kill it and open it again."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.open()

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)

    def memory_mb(self) -> float:
        """Return what it holds in memory now."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6


def client(door: Door, number: int, is_over: Callable[[], bool], told: Told, lock: threading.Lock) -> None:
    """Send envelopes of new dossiers until it is over; each again until it is answered well."""
    conn, session, sent = None, "", 0
    while not is_over():
        records = [dossier(number, sent + place) for place in range(RECORDS)]
        sent += RECORDS
        is_answered, tries, began = False, 0, 0.0
        while not is_answered and tries < 1000:
            try:
                if conn is None:
                    conn = http.client.HTTPConnection("127.0.0.1", door.port, timeout=60)
                    session = sign_in(conn, number)
                began = began or time.perf_counter()  # the first call of all waits for no login
                is_answered = send_dossiers(conn, session, records)
            except (OSError, http.client.HTTPException, ValueError, KeyError):
                if conn is not None:
                    conn.close()
                conn = None
                time.sleep(0.05)
            tries += 1
        with lock:
            told.seconds.append(time.perf_counter() - (began or time.perf_counter()))
            told.answered += RECORDS * is_answered
            told.again += tries - 1
    if conn is not None:
        conn.close()


def sign_in(conn: http.client.HTTPConnection, number: int) -> str:
    """Return the session of a sender."""
    return _post(conn, LOGIN, {"username": f"unit-{number}", "password": PASSWORD})["session"]


def send_dossiers(conn: http.client.HTTPConnection, session: str, records: list[dict[str, str]]) -> bool:
    """Send an envelope; tell whether all of it is stored."""
    envelope = {"session": session, "madonvi": "", "service": "DongBoHoSoMC", "data": records}
    return _post(conn, CALL, envelope)["error_code"] == "0"


def _post(conn: http.client.HTTPConnection, path: str, body: dict[str, Any]) -> dict[str, Any]:
    conn.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    return json.loads(conn.getresponse().read())


def dossier(number: int, place: int) -> dict[str, str]:
    """Return one dossier as one-stop software sends it, with what is dropped at the door."""
    return {
        "MaHoSo": f"U{number}-261120-{place:07}", "MaTTHC": "1.001193", "TenTTHC": "Thủ tục đăng ký khai sinh",
        "MaLinhVuc": "G15-TP03", "TenLinhVuc": "Hộ tịch", "KenhThucHien": "2", "ChuHoSo": "NGUYEN VAN THU NGHIEM",
        "LoaiDoiTuong": "1", "SoDienThoai": "0900000000", "TrichYeuHoSo": "Hồ sơ mẫu", "DonViXuLy": "Quận 1",
        "NgayNopHoSo": "20261120080000", "NgayTiepNhan": "20261120083000", "NgayHenTra": "20261127170000",
        "TrangThaiHoSo": "4", "NgayTra": "", "HinhThuc": "0", "NgayKetThucXuLy": "", "NgayTuChoi": "", "GhiChu": "",
    }  # fmt: skip


def send(door: Door, clients: int, seconds: float, kills: int = 0) -> tuple[Told, float]:
    """Let the clients send for some seconds, killing the door now and then; return what they saw, and how long."""
    told, lock = Told(), threading.Lock()
    began = time.monotonic()
    over_at = began + seconds
    threads = [
        threading.Thread(target=client, args=(door, number, lambda: time.monotonic() >= over_at, told, lock))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for _ in range(kills):
        time.sleep(seconds / (kills + 1))
        door.kill()
    for thread in threads:
        thread.join()
    return told, time.monotonic() - began


def measure(clients: int, seconds: float, kills: int) -> list[dict[str, Any]]:
    """Return what each measurement told, as rows, and print each when it is done."""
    rows = []
    with city.server() as server:
        for name, is_gathering, killed in (("gathered", True, 0), ("each alone", False, 0), ("killed", True, kills)):
            with server.city() as url:
                add_senders(url, clients)
                door = Door(url, is_gathering)
                door.open()
                try:
                    told, took = send(door, clients, seconds, killed)
                    memory = door.memory_mb()
                finally:
                    door.close()
                rows.append(_row(name, told, took, memory, url))
                print(" · ".join(f"{key.replace('_', ' ')} {value}" for key, value in rows[-1].items()), flush=True)
    return rows


def add_senders(url: str, clients: int) -> None:
    """Give each client an account of its own."""
    with closing(database.connect(url)) as conn:
        for number in range(clients):
            senders.add(conn, New(f"unit-{number}", f"Unit {number}", [("79", "")], ["dossiers"], 600, "0", PASSWORD))


def _row(name: str, told: Told, took: float, memory: float, url: str) -> dict[str, Any]:
    with closing(database.connect(url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute("select count(*), (select sum(merged) from load), (select count(*) from load) from dossier")
        stored, merged, loads = cursor.fetchone()
    return {
        "name": name, "calls_per_s": round(len(told.seconds) / took), "records_per_s": round(told.answered / took),
        "median_ms": round(statistics.median(told.seconds) * 1000), "p95_ms": round(told.percentile(0.95) * 1000),
        "sent_again": told.again, "answered": told.answered, "stored": stored, "merged": int(merged or 0),
        "ledger_rows": loads, "memory_mb": round(memory),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 where something that was answered is not stored, or is stored twice."""
    parser = argparse.ArgumentParser(prog="python -m bench.door", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each of the three measurements")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    rows = measure(given.clients, given.seconds, given.kills)
    print(
        f"gathering: {rows[0]['records_per_s'] / max(rows[1]['records_per_s'], 1):.1f} times the records of each alone"
    )
    if given.json:
        given.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    return 0 if all(row["answered"] == row["stored"] == row["merged"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
