"""Templates: complete, strict, and loaded only by those who render."""

import re
import subprocess
import sys

import pytest
from jinja2 import UndefinedError

from shared.messages import display, languages, rendering


def test_importing_the_room_does_not_import_jinja2() -> None:
    """Most invocations render nothing, and should not pay for it at a cold start."""
    code = (
        "import sys; from shared.messages import mail, topic, pages, journey;"
        "sys.exit('jinja2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_template_compiles() -> None:
    environment = rendering.environment()
    names = environment.list_templates()
    assert len(names) > 15
    for name in names:
        environment.get_template(name)


def test_every_mail_has_all_its_parts() -> None:
    """A language's folder is complete when each mail has a subject, a text and an HTML part."""
    names = set(rendering.environment().list_templates())
    for name in ("assigned_mail", "reminder_mail"):
        assert {f"en/{name}{end}" for end in (".subject.txt", ".txt", ".html")} <= names


def test_a_missing_value_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(UndefinedError):
        rendering.render("parked_notice.subject.txt", retry=True)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("  a \t\n b  ", 10, "a b"),
        ("a\x00b\x1bc", 10, "a b c"),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("abcd efg", 6, "abcd…"),
        ("\u202eabc\u202c", 9, "abc"),
        ("\u200b\u2060", 9, ""),
        ("\ud800", 9, ""),
        ("👩\u200d👧x", 3, "👩…"),
        (12, 9, "12"),
    ],
)
def test_one_line(text, limit, expected) -> None:
    assert display.one_line(text, limit) == expected


def test_a_headline_is_no_web_link() -> None:
    assert display.headline("https://evil.example", 40) == "https: //evil.example"


def test_lines_keep_paragraphs_and_nothing_more() -> None:
    assert display.lines("\n\na\r\nb\n\n\n \nc\u2028d\n\n", 100) == ("a", "b", "", "c", "d")
    assert display.lines("", 100) == ()
    assert display.lines("a" * 200, 100) == ("a" * 99 + "…",)


def test_ascii_line_reads_as_well_as_it_can() -> None:
    assert display.ascii_line("Försäljning “A” 営業\n", 30) == "Forsaljning ?A? ??"
    assert display.ascii_line("é" * 50, 10) == "eeeeeee..."


def test_a_page_address_is_text() -> None:
    assert display.without_scheme("HTTPS://shop.example/a?u=http://b", 99) == (
        "shop.example/a?u=http: //b"
    )


TAKE_NO_TEXT = {
    *("txt", "nobody", "plural", "span", "moment", "clock", "otherwise", "kind", "more_fields"),
    *("first_has_it", "hidden", "moved", "together", "yours_until", "still_yours", "late"),
    *("not_accepted", "for_shift", "for_shift_by", "repeated", "accept", "offered", "first"),
    *("take_or_leave", "sooner", "asked_for", "nothing_to_do", "no_longer_counts"),
    *("closed_by_seller", "not_in_time", "works_once", "not_asked_for"),
    *("wait", "to_take", "more_leads", "until_then"),
}
# Those that do, and how HTML has to give it to them.
TAKE_ESCAPED = {
    "because": r"(\"\"|words\.not_in_time\(late\) if late else reason \| e|reason \| e)\)",
    "foot": r"\(lead\.lead_id \| e\)",
    "fact": r"\(pool \| e, number\)",
}


def test_no_html_takes_a_strangers_text_from_a_plain_one() -> None:
    """A macro of a .txt file escapes nothing, and HTML would trust what it returns."""
    for page in languages.TEMPLATES.rglob("*.html"):
        text = page.read_text()
        called = set(re.findall(r"words\.(\w+)", text))
        assert called <= TAKE_NO_TEXT | TAKE_ESCAPED.keys(), page
        for macro, rightly in TAKE_ESCAPED.items():
            calls = re.findall(rf"words\.{macro}\b.*", text)
            assert all(re.search(rightly, call) for call in calls), (page, macro)
