"""What docs/door.md shows is what the door does: its examples are run as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest

from etl.door.reading import MOST_BYTES
from etl.door.senders import SESSION_S
from tests.conftest import ROOT
from tests.db.doors import PASSWORD, add_sender, door

WORDS = (ROOT / "docs" / "door.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", WORDS, re.DOTALL)


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples are of curl")
def test_the_examples_are_answered_as_they_say(city):
    key = add_sender(city, units=("10", "H29.10=10"))
    assert len(EXAMPLES) == 5
    with door(city) as address:
        known = dict(os.environ) | {"DOOR": address, "PASSWORD": PASSWORD, "API_KEY": key, "SESSION": ""}
        for command, answer in EXAMPLES:
            done = subprocess.run(["bash", "-c", command], env=known, capture_output=True, text=True, timeout=60)
            expected = ".+".join(re.escape(part) for part in answer.strip().split("…"))
            assert re.fullmatch(expected, done.stdout), (command, done.stdout, done.stderr)
            told = json.loads(done.stdout)
            if "session" in told:
                known["SESSION"] = told["session"]


def test_the_bounds_that_are_told_are_those_that_hold():
    assert f"more than {MOST_BYTES >> 20} MB" in WORDS
    assert "half an hour" in WORDS and SESSION_S == 1800
