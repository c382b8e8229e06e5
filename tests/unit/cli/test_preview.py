"""Mails looked at before anybody gets them; and what `apply` says of a pool's own templates."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.config_file import config_from, read_config
from infra.cli.main import app
from shared.domain.mail_templates import MailKind
from shared.errors import ConfigError
from shared.messages.own_words import FILTERS, VARIABLES

MAILS = Path(__file__).parents[3] / "docs" / "mails.md"

TEAM = """\
manager: {name: Maria, email: maria@example.com}
reps: {anna: {name: Anna, email: anna@example.com}}
pools:
  sales:
    members: {anna: 1}
    language: sv
    templates:
      assigned: {subject: "Hej {{ lead_name }}", file: mails/assigned.txt}
      offer.pt:
        text: |
          Oi!
          {{ accept_url }}
rules: [{name: rest, pool: sales}]
forms: {website: {}}
"""
OWN = "Till {{ rep_first_name }}.\n\n{{ accept_url }}\n"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ("preview", *arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def team(tmp_path: Path) -> Path:
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "assigned.txt").write_text(OWN)
    (tmp_path / "team.yaml").write_text(TEAM)
    return tmp_path / "team.yaml"


# ── leadwheel preview ────────────────────────────────────────────────────────────────────────────


def test_without_a_mail_all_are_listed() -> None:
    status, said, _ = run()
    assert status == 0
    assert [line.split()[0] for line in said.splitlines()] == [*MailKind, "digest", "sign-in"]


def test_a_mail_is_shown_in_a_language() -> None:
    status, said, _ = run("assigned", "--language", "sv")
    assert status == 0
    assert said.startswith("Nytt lead: Ada Lindgren, Lindgren Verkstad AB\n\nAda Lindgren")
    assert run("assigned", "--html")[1].startswith("<!doctype html>")
    assert run("sign-in", "--language", "zh")[1].startswith("您的 leadwheel 登录链接")
    assert run("assigned", "--text")[1].startswith("Ada Lindgren")


def test_a_mail_is_shown_in_the_words_of_a_pool(team: Path) -> None:
    """And in its language, unless another is asked for."""
    pool = ("--pool", "sales", "--config", str(team))
    _, said, _ = run("assigned", *pool)
    assert said.startswith("Hej Ada Lindgren\n\nTill Lena.\n")
    assert run("offer", *pool)[1].startswith("Erbjuds dig till 14:32")
    assert "\nOi!\n" in run("offer", *pool, "--language", "pt")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lapsed"], "there is no mail 'lapsed'; there are assigned, reminder"),
        (["assigned", "--pool", "sales"], "say both --pool and --config"),
        (["assigned", "--pool", "other", "--config", "TEAM"], "there is no pool 'other'"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    team: Path, arguments: list[str], told: str
) -> None:
    status, _, complained = run(*(str(team) if a == "TEAM" else a for a in arguments))
    assert status == 1
    assert told in complained


# ── leadwheel apply ──────────────────────────────────────────────────────────────────────────────


def problems(folder: Path, team: str) -> list[str]:
    (folder / "team.yaml").write_text(team)
    with pytest.raises(ConfigError) as caught:
        read_config(folder / "team.yaml")
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_text_is_read_from_its_file(team: Path) -> None:
    templates = read_config(team).pools["sales"].templates
    assert templates["assigned"].text == OWN
    assert templates["offer.pt"].text == "Oi!\n{{ accept_url }}\n"


def test_the_example_in_the_docs_is_one() -> None:
    example = re.findall(r"```yaml\n(.*?)```", MAILS.read_text(), re.DOTALL)[0]
    people = "{anna: {name: Anna, email: a@example.com}, bo: {name: Bo, email: b@example.com}}"
    rest = f"""
manager: {{name: Maria, email: maria@example.com}}
reps: {people}
rules: [{{name: rest, pool: nordic}}]
forms: {{website: {{}}}}
"""
    assert config_from(example + rest, "docs").pools["nordic"].templates.keys() == {
        "assigned",
        "reminder.en",
    }


def test_the_docs_say_what_templates_may_use() -> None:
    text = MAILS.read_text()
    assert [name for name in (*VARIABLES, *FILTERS) if f"`{name}`" not in text] == []


def test_what_is_wrong_in_a_file_is_told_with_its_line(team: Path) -> None:
    (team.parent / "mails" / "assigned.txt").write_text("Hej\n\n{{ phone }}\n{{ accept_url }}")
    (problem,) = problems(team.parent, TEAM)
    assert problem.startswith("mails/assigned.txt:3: there is no 'phone'; there are lead_name,")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("mails/assigned.txt", "gone.txt", "file: gone.txt cannot be read: No such file"),
        ("mails/assigned.txt", "../team.yaml", "file: must lie beside the configuration"),
        (", file:", ", text: x, file:", "text: is read from the file; leave it out"),
        ("Hej {{ lead_name }}", "Hej {{ lead_name", "subject: unexpected end of template"),
        (
            "          {{ accept_url }}",
            "          {{ url }}",
            "text: line 2 of it: there is no 'url'",
        ),
        ("          {{ accept_url }}", "          !", "text: line 1 of it: does not hold {{ acc"),
        ("assigned:", "asigned:", "there is no mail 'asigned'; there are assigned,"),
        ("offer.pt:", "offer.de:", "there is no language 'de'; there are en, sv, zh, pt"),
        ("language: sv", "language: de", "language: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(team: Path, old: str, new: str, told: str) -> None:
    found = problems(team.parent, TEAM.replace(old, new))
    assert any(told in problem for problem in found), found
    line = next(n for n, text in enumerate(TEAM.replace(old, new).splitlines(), 1) if new in text)
    assert any(abs(int(problem.split(":")[1]) - line) <= 2 for problem in found)
