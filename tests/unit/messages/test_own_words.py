"""Pools' own mail templates: what they may do, what they make, and that they cannot do harm."""

import re
import time

import pytest

from infra.cli.made_up_mails import URL, lead_in, mail_of, somebody_reading
from shared.domain.languages import Language
from shared.domain.mail_templates import MailKind, MailTemplate, template_for
from shared.messages import own_words
from shared.messages.own_words import OwnWordsError, Problem, filled, problems, reworded

TEXT = """\
Hej {{ rep_first_name }}!

{{ lead_name }}{% if lead_company %} ({{ lead_company }}){% endif %} wants {{ lead_product }}.
{% if until %}Until {{ until }}.{% endif %}


{{ accept_url }}

{{ reason | capitalize }}
"""


def mail(kind: MailKind = MailKind.ASSIGNED, language: Language = Language.SV, **fields):
    return mail_of(kind, lead_in(language, **fields), somebody_reading(language))


def test_a_mail_in_a_pools_own_words_has_our_layout(look) -> None:
    """The link alone on a line is the button, labelled as the rep reads; the foot is ours."""
    own = reworded(mail(), MailTemplate(subject="Lead! {{ lead_name }}\n", text=TEXT))
    assert own.subject == "Lead! Ada Lindgren"
    lines = own.text.splitlines()
    assert lines[0] == "Hej Lena!"
    assert "Ada Lindgren (Lindgren Verkstad AB) wants Bandsåg." in lines
    assert "Until 14:32 CET." in lines
    assert URL in lines
    assert lines[-2:] == ["--", "leadwheel, lead 01JDFA7Q9Z3V4M8K2T6R5W1XYC"]
    html = look(own.html)
    assert html.links == [URL]
    assert "Acceptera leadet" in html.text
    assert "Du hade 0,83 lead att få, mer än någon annan som kunde ta det" in html.text
    assert f"<title>{own.subject}</title>" in own.html


def test_a_subject_alone_leaves_the_rest_as_it_is() -> None:
    shipped = mail()
    own = reworded(shipped, MailTemplate(subject="{{ lead_company | upper }}\n now"))
    assert own.subject == "LINDGREN VERKSTAD AB now"
    assert own.text == shipped.text
    assert own.html == shipped.html.replace(shipped.subject, own.subject)


def test_a_subject_of_nothing_stays_ours() -> None:
    own = reworded(mail(), MailTemplate(subject="{% if not lead_name %}x{% endif %} "))
    assert own.subject == mail().subject


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("language", Language)
def test_every_kind_can_be_worded_otherwise(kind, language) -> None:
    own = reworded(mail(kind, language), MailTemplate(subject="{{ lead_name }}", text=TEXT))
    assert own.subject
    assert "Hej" in own.text
    assert "Hej" in own.html


@pytest.mark.parametrize(
    "text",
    [
        '"></p><script>alert(1)</script><img src=x>',
        "Anna\r\nBcc: all@evil.example",
        "\u202egnp.exe",
        "x" * 10_000,
        "{{ 7*7 }}{% for i in x %}",
        "https://evil.example/accept",
        "👩\u200d👩\u200d👧",
    ],
)
def test_what_a_stranger_wrote_stays_text(look, text) -> None:
    """Markup is shown, templates are not run, and nothing poses as a link of ours."""
    lead = {"name": text, "company": text, "product": text}
    own = reworded(mail(**lead), MailTemplate(subject="{{ lead_name }}", text=TEXT))
    assert len(own.subject) <= 100
    assert own.subject == " ".join(own.subject.split())
    assert not {"script", "img"} & set(look(own.html).names)
    assert look(own.html).links == [URL]
    assert "49" not in own.text.replace("{{ 7*7 }}", "")
    assert [line for line in own.text.splitlines() if re.match("https?://", line)] == [URL]


# ── What may not be in a template ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("a\n{{ phone }}", 2, "there is no 'phone'; there are lead_name"),
        ("{{ lead_name", 1, "unexpected end of template"),
        ("a\n\n{% if until %}", 3, "Unexpected end of template"),
        ("{{ lead_name | replace('a', 'aa') }}", 1, "there is no filter 'replace'"),
        ("{{ lead_name | nonsense }}", 1, "there is no filter 'nonsense'"),
        ("{% for i in range(10**9) %}x{% endfor %}", 1, "may not hold this (For)"),
        ("{{ range(9) }}", 1, "may not hold this (Call)"),
        ("{{ 'x' * 10**9 }}", 1, "may not hold this (Mul)"),
        ("{{ lead_name.__class__ }}", 1, "may not hold this (Getattr)"),
        ("{{ lead_name['x'] }}", 1, "may not hold this (Getitem)"),
        ("{% set a = 'x' %}", 1, "may not hold this (Assign)"),
        ("{% include 'mail.css' %}", 1, "may not hold this (Include)"),
        ("{% extends 'mail.html' %}", 1, "may not hold this (Extends)"),
        ("{% macro a() %}{% endmacro %}", 1, "may not hold this (Macro)"),
        ("{{ lead_name | trim | upper if 1 < 'a' }}", 1, "the template fails: TypeError"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", 1, "nested too deeply"),
        ("{% if until %}" * 200 + "{% endif %}" * 200, 1, "nested too deeply"),
        ("{{ lead_name" + "|trim" * 150 + "}}", 1, "nested too deeply"),
        ("{{ " + "not " * 4000 + "until }}", 1, "nested too deeply"),
        ("{{ " + "until if until else " * 800 + "until }}", 1, "nested too deeply"),
        ("{{until}}" * 2200, 1, "more than 1000 parts"),
        ("{{ until" + "~until" * 1900 + " }}", 1, "more than 1000 parts"),
        ("{{ " + "9" * 5000 + " }}", 1, "cannot be read: ValueError"),
        ("{{ 0x" + "f" * 15_000 + " }}", 1, "cannot be read: ValueError"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(source, line, told) -> None:
    began = time.monotonic()
    found = problems(source)
    assert time.monotonic() - began < 5
    assert found[0].line == line
    assert told in found[0].message
    with pytest.raises(OwnWordsError):
        filled(source, own_words.VARIABLES)


def test_a_template_takes_no_time_that_grows_faster_than_it() -> None:
    """Ready in a blink, with as many filters as there may be, as often as there is room."""
    chains = "{{ lead_name" + "|trim" * 46 + "}}"
    began = time.monotonic()
    assert problems(chains * 20) == []
    assert time.monotonic() - began < 1


def test_a_text_without_its_link_is_of_no_use() -> None:
    assert problems("Hello {{ lead_name }}", MailKind.ASSIGNED) == [
        Problem(1, "does not hold {{ accept_url }}: nobody could do anything about the lead")
    ]
    assert problems("Hello {{ lead_name }}", MailKind.LATE) == []
    assert problems(TEXT, MailKind.ASSIGNED) == []


def test_what_a_template_makes_is_bounded() -> None:
    long = "{{ reason }}" * 900
    with pytest.raises(OwnWordsError, match="more than 100000 characters"):
        filled(long, own_words.VARIABLES | {"reason": "x" * 500})


def test_the_template_for_a_language_comes_before_the_one_for_all() -> None:
    for_all, swedish = MailTemplate(text="all"), MailTemplate(text="svenska")
    templates = {"assigned": for_all, "assigned.sv": swedish, "offer.sv": swedish}
    assert template_for(templates, MailKind.ASSIGNED, Language.SV) is swedish
    assert template_for(templates, MailKind.ASSIGNED, Language.EN) is for_all
    assert template_for(templates, MailKind.OFFER, Language.EN) is None
