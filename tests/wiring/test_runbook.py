"""The runbook cannot go stale: each metric it names is told, each command it shows can be given."""

import re
import shlex
import subprocess

import pytest

from bench import __main__ as bench
from dashboard import __main__ as dashboard
from etl import cli
from sql.settings import Settings
from tests.conftest import ROOT

TEXTS = [ROOT / "docs" / "runbook.md", ROOT / "docs" / "scale.md"]
RUNBOOK = TEXTS[0].read_text("utf-8")
METRIC = re.compile(r"\b(?:dashboard|door)_[a-z0-9_]+")
SERIES = ("_total", "_bucket", "_sum", "_count")
PARSERS = {"dashboard": dashboard.parser, "etl": cli.parser, "bench": bench._parser}


def told() -> set[str]:
    """Return the names of every metric in the code."""
    files = [*(ROOT / "dashboard").glob("*.py"), ROOT / "etl" / "door" / "numbers.py"]
    return {
        name for file in files for name in re.findall(r'"((?:dashboard|door)_[a-z0-9_]+)"', file.read_text("utf-8"))
    }


def commands() -> list[str]:
    found = []
    for text in TEXTS:
        blocks = re.findall(r"```sh\n(.*?)```", text.read_text("utf-8"), re.DOTALL) if text.exists() else []
        found += [line for block in blocks for line in block.splitlines() if line.strip() and line[0] != "#"]
    return sorted(set(found))


@pytest.mark.parametrize("name", sorted(set(METRIC.findall(RUNBOOK)) - {"dashboard_", "door_"}))
def test_every_metric_of_the_runbook_is_told(name):
    bare = next((name.removesuffix(end) for end in SERIES if name.endswith(end)), name)
    assert {name, bare} & told()


@pytest.mark.parametrize("name", sorted(told()))
def test_every_metric_stands_in_the_runbook(name):
    if name in ("dashboard_frame_version", "dashboard_loads", "dashboard_reads", "dashboard_frames_stored"):
        return  # counts that no symptom leads to
    assert name in RUNBOOK or name.endswith(("_10m", "_stored", "_frames", "batches_stored"))


@pytest.mark.parametrize("line", commands())
def test_every_command_can_be_given(line):
    words = [word for word in shlex.split(line, comments=True) if not re.fullmatch(r"[A-Z_]+=.*", word)]
    if words[0] == "python":
        assert words[1] == "-m"
        PARSERS[words[2]]().parse_args(words[3:])
    elif words[0] == "make":
        done = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True)
        assert done.returncode == 0
    else:
        assert words[:2] == ["curl", "-s"]
        assert words[2].removeprefix("http://127.0.0.1:8050") in ("/readyz", "/metrics", "/healthz")


def test_every_setting_of_the_runbook_exists():
    named = set(re.findall(r"`([A-Z]{3,}_[A-Z_]+)`", RUNBOOK)) | set(re.findall(r"`([A-Z]{3,}_[A-Z_]+)=", RUNBOOK))
    assert {name.lower() for name in named} <= set(Settings.model_fields)
