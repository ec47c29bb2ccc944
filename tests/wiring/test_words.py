"""README, Procfile, Makefile and the programs say the same."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dashboard import processes
from sql import settings
from sql.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines())
COMMANDS = {
    "etl": ["check", "load", "pull", "backfill", "run", "quarantine", "rebuild", "recount", "verify", "publish",
            "worker", "beat", "door", "senders"],
    "etl senders": ["add", "list", "disable", "replay"],
    "etl quarantine": ["list", "show", "replay"],
    "dashboard": ["run", "web", "release", "registry", "users"],
    "dashboard registry": ["load"],
}  # fmt: skip


def test_the_readme_holds_the_table_of_settings():
    assert settings.table() in README, f"README's table of settings should be:\n{settings.table()}"


def test_every_folder_has_its_line_in_the_readme():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in listed.splitlines() if "/" in line}
    missing = [folder for folder in sorted(folders) if not folder.startswith(".") and f"`{folder}/`" not in README]
    assert not missing


def test_the_procfile_runs_what_the_supervisor_runs():
    commands = {one.name: one.arguments for one in processes.commands(Settings(), ROOT)}
    assert set(PROCFILE) - {"release"} == set(commands)
    for name, arguments in commands.items():
        assert PROCFILE[name].split() == ["python", *arguments[1:]]


def test_the_readme_names_every_process_of_the_procfile():
    assert not [name for name in PROCFILE if f"`{name}`" not in README]


def test_the_simulator_knows_every_option_that_the_supervisor_gives_it():
    command = processes.simulator(Settings(simulator_url="http://127.0.0.1:4711"), ROOT)
    done = subprocess.run([*command.arguments, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert not [word for word in command.arguments if word.startswith("--") and word not in done.stdout]
    assert command.arguments[command.arguments.index("--port") + 1] == "4711"


@pytest.mark.parametrize("program", sorted(COMMANDS))
def test_the_help_names_every_command(program):
    done = subprocess.run(
        [sys.executable, "-m", *program.split(), "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said = set(done.stdout.replace(",", " ").replace("{", " ").replace("}", " ").split())
    assert not [word for word in COMMANDS[program] if word not in said]


@pytest.mark.parametrize("target", ["help", "setup", "run", "test", "check", "bench", "clean"])
def test_make_help_names_every_target(target):
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"make {target} " in said


def test_every_requirement_is_pinned():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line and not line.startswith("#") and "==" not in line]


def test_who_may_import_whom():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_warnings_are_errors():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert config["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"


def test_only_the_settings_read_the_environment():
    folders = ("dashboard", "layouts", "callbacks", "etl", "indicators", "sql")
    readers = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "os.environ" in path.read_text(encoding="utf-8") or "getenv" in path.read_text(encoding="utf-8")
    ]
    assert readers == ["sql/settings.py"]
