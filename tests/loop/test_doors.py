"""Every door, on the whole stack: what the command line and the README's commands send."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.capture.handler import CONFIG_MAX_AGE
from infra.local.demo import CONFIG
from shared.sources.formats import FORMATS

pytestmark = pytest.mark.loop

ROOT = Path(__file__).parents[2]

# Beside the demo's own: one hook of every format, and a partner that signs ADF.
MORE_HOOKS = "".join(f"  all-{name}: {{format: {name}}}\n" for name in FORMATS)
MORE_PARTNERS = """
partners:
  cars: {mode: live, format: adf, trust: signature, currency: EUR, price: 9}
"""

# Many commands by one interpreter, as starting it takes longer than most of them.
COMMANDS = """
import json, sys
from typer.testing import CliRunner
from infra.cli.main import app

for line in sys.stdin:
    done = CliRunner().invoke(app, json.loads(line))
    print(json.dumps([done.exit_code, done.stdout, done.stderr]), flush=True)
"""

LEAD_ID = re.compile(r"\b[0-9a-z]{26}\b")


@pytest.fixture(scope="module")
def doors(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The stack with all those, each with a secret made by the command; the demo's again after."""
    text = CONFIG.read_text().replace("http://127.0.0.1:4567", stack.described["page_url"])
    file = tmp_path_factory.mktemp("doors") / "team.yaml"
    file.write_text(text.replace("\npartners:", MORE_PARTNERS, 1) + MORE_HOOKS)
    stack.leadwheel("apply", str(file))
    known_everywhere = time.monotonic() + CONFIG_MAX_AGE
    sources = ["partner#cars", *(f"hook#all-{name}" for name in FORMATS)]
    made = [("secret", source, "--generate") for source in sources]
    commands(stack, *made, ("secret", "hook#all-meta", "verify_token", "--generate"))
    time.sleep(max(0.0, known_everywhere - time.monotonic()))
    yield stack
    stack.leadwheel("apply", str(CONFIG))


def commands(stack: Any, *lines: tuple[str, ...]) -> list[str]:
    """What `leadwheel` says to each of these."""
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        cwd=ROOT,
        env={**os.environ, "LEADWHEEL_HOME": str(stack.home)},
        input="".join(f"{json.dumps(line)}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for line, (status, _, complained) in zip(lines, answers, strict=True):
        assert status == 0, (line, complained)
    return [said for _, said, _ in answers]


def owned(lead: Any) -> bool:
    return bool(lead["owner"])


def test_a_sample_of_every_format_is_signed_sent_and_followed_to_its_owner(doors: Any) -> None:
    told = commands(doors, *(("send", "--hook", f"all-{name}") for name in FORMATS))
    for name, text in zip(FORMATS, told, strict=True):
        assert text.startswith("200 lead"), (name, text)
        for lead_id in LEAD_ID.findall(text.splitlines()[0]):
            if name == "meta":
                lead = doors.ask(f"/v1/leads/{lead_id}")
                assert (lead["status"], lead["history"][0]["step"]) == ("quarantined", "announced")
            else:
                lead = doors.lead_when(lead_id, owned)
                assert lead["fields"]["email" if "email" in lead["fields"] else "phone"]
            assert lead["source"] == f"hook#all-{name}"
        assert ("announced by" if name == "meta" else "assigned to") in text


def test_a_platform_that_asks_is_answered(doors: Any) -> None:
    names = ("meta", "linkedin")
    lines = (("send", "--hook", f"all-{name}", "--challenge") for name in names)
    assert commands(doors, *lines) == [
        f"200 {name} would know the address for ours\n" for name in names
    ]


def test_a_partners_json_xml_and_adf_are_bought(doors: Any) -> None:
    told = commands(
        doors,
        ("send", "--as", "partner", "--field", "product=heat pump"),
        ("send", "--as", "partner-xml"),
        ("send", "--as", "adf", "--partner", "cars"),
    )
    for text, price in zip(told, ("32.50", "18.00", "9.00"), strict=True):
        assert text.startswith(f"201 success, accepted: the lead is bought; price {price} EUR; ")
        assert "assigned to" in text


def test_a_ping_names_the_command_that_posts_its_lead(doors: Any) -> None:
    asked = doors.leadwheel(
        "send", "--as", "ping", "--country", "NO", "--field", "product=heat pump"
    )
    first, command = asked.splitlines()
    assert "price 32.50 EUR; until " in first
    posted = run(command, doors)
    assert posted.startswith("201 success, accepted: the lead is bought; price 32.50 EUR; lead ")


def test_a_new_key_counts_at_once_for_what_it_is_for(
    doors: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = doors.leadwheel("key", "acme", "--scope", "pings").strip()
    monkeypatch.setenv("LEADWHEEL_PARTNER_KEY", key)
    assert doors.leadwheel("send", "--as", "ping").startswith("200 success")
    with pytest.raises(AssertionError, match="answered 403: this key is not for leads"):
        doors.leadwheel("send", "--as", "partner")


# ── The README ───────────────────────────────────────────────────────────────────────────────────


def run(script: str, stack: Any) -> str:
    """What a script prints, run in the checkout where a user runs it."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, "LEADWHEEL_HOME": str(stack.home), "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_the_readmes_commands_work_word_for_word(doors: Any) -> None:
    script = "\n".join(
        re.findall(
            r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
        )
    )
    assert script.count("curl") >= 8
    # The environment and the stack of this test, and answers that can be told apart.
    script = script.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    script = script.replace(".leadwheel/", f"{doors.home}/")
    said = run('curl() { command curl -sS "$@"; echo; }\n' + script, doors)
    answers = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    forms, partners, hooks = answers[:3], answers[3:5], answers[5:]
    assert [answer["status"] for answer in forms] == ["received"] * 3
    assert [(answer["code"], answer["price"]) for answer in partners] == [
        ("accepted", "32.50"),
        ("accepted", "18.00"),
    ]
    assert [len(answer["lead_ids"]) for answer in hooks] == [1, 1]
    sent = [answer["lead_id"] for answer in forms + partners]
    sent += [lead_id for answer in hooks for lead_id in answer["lead_ids"]]
    for lead_id in sent:
        doors.lead_when(lead_id, owned)
    # The three that leadwheel sent, followed to their owners.
    assert len(re.findall(r"^20[01] .*lead ", said, re.MULTILINE)) == 3
    assert said.count("assigned to") == 3
