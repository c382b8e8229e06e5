"""The page of what was held: it shows everything, and none of it acts or hides."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.leads import Change, Lead, Step, replay
from shared.messages.quarantine_page import quarantine_page
from shared.messages.visible import MOST_BYTES, MOST_CHARACTERS, shown

AT = datetime(2026, 11, 24, 13, 17, 2, tzinfo=UTC)
ATTACK = '"></pre></title></style><script>alert(1)</script><img src=https://evil.example/x>'
HELD = Change(Step.QUARANTINED, AT, reason="honeypot_filled: x")


def lead(*further: Change, source: str = "form#website") -> Lead:
    return replay("01jdfa7q9z3v4m8k2t6r5w1xyc", source, {}, [HELD, *further])


def page(body: bytes | None = b"name=Ada", one: Lead | None = None, **said: Any) -> str:
    usual = {"why": "a field was filled in", "content_type": "text/plain", "expires_at": AT}
    return quarantine_page(one or lead(), body=body, **(usual | said))


def test_it_shows_why_from_where_when_and_what(look) -> None:
    html = look(page())
    for fact in (
        "Held in quarantine",
        "01jdfa7q9z3v4m8k2t6r5w1xyc",
        "a field was filled in",
        "form#website",
        "Came2026-11-24 13:17:02 UTC",
        "text/plain",
        "until 2026-11-24 13:17:02 UTC",
        "What was sent: name=Ada",
        "leadwheel quarantine 01jdfa7q9z3v4m8k2t6r5w1xyc --release",
    ):
        assert fact in html.text, fact
    assert "number" not in html.text


def test_it_is_complete_loads_nothing_and_lets_no_markup_in(look) -> None:
    for body in (ATTACK.encode(), b"\xff" + ATTACK.encode()):
        text = page(body, lead(source=ATTACK), why=ATTACK, content_type=ATTACK)
        html = look(text)
        allowed = {
            *("html", "head", "meta", "title", "style", "body", "main"),
            *("p", "h1", "dl", "dt", "dd", "bdi", "pre", "code"),
        }
        assert set(html.names) <= allowed
        assert html.names.count("title") == html.names.count("h1") == html.names.count("main") == 1
        assert html.find("html") == [{"lang": "en"}]
        assert not [key for _, attributes in html.tags for key in attributes if key[:2] == "on"]
        assert html.links == []


def test_a_browser_cannot_act_on_it(look) -> None:
    """It has no admin token: what to type stands there instead."""
    assert {"form", "button", "a"}.isdisjoint(look(page()).names)


def test_a_lead_that_has_left_is_said_to_have(look) -> None:
    html = look(page(one=lead(Change(Step.RELEASED, AT))))
    assert "Was held in quarantine" in html.text
    assert "Nownew" in html.text
    assert "--release" not in html.text


def test_a_lead_of_a_delivery_with_several_is_told_apart(look) -> None:
    assert "this is lead number 3 in it" in look(page(part=2)).text


@pytest.mark.parametrize(
    ("body", "says"),
    [(None, "What was sent is not kept any more."), (b"", "(nothing)"), (b"\n\n", "(nothing)")],
)
def test_nothing_to_show_is_said(look, body: bytes | None, says: str) -> None:
    html = look(page(body, content_type=None))
    assert says in html.text
    assert "pre" not in html.names


def test_a_huge_body_is_cut_with_a_note(look) -> None:
    html = look(page(b"x" * 250_000))
    assert "Cut off here: 230000 characters more" in html.text
    assert len(page(b"x" * 250_000)) < 40_000
    assert "Cut off here: 1 byte more" in look(page(b"\xff" * (MOST_BYTES + 1))).text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\r\nb\nc", ["a", "b", "c"]),
        ("a\rb", ["a⟨U+000D⟩b"]),
        ("\x1b[2Jx", ["⟨U+001B⟩[2Jx"]),
        ("in\u202eetihw", ["in⟨U+202E⟩etihw"]),
        ("\u2066x\u2069 \u200f\u200e\u061c", ["⟨U+2066⟩x⟨U+2069⟩ ⟨U+200F⟩⟨U+200E⟩⟨U+061C⟩"]),
        ("a\u200bb\ufeff\u00ad", ["a⟨U+200B⟩b⟨U+FEFF⟩⟨U+00AD⟩"]),
        ("a\u2028b\u2029\x85", ["a⟨U+2028⟩b⟨U+2029⟩⟨U+0085⟩"]),
        ("a\u00a0b\u3000", ["a⟨U+00A0⟩b⟨U+3000⟩"]),
        ("\U000e0041", ["⟨U+E0041⟩"]),
        ("tab\tand space", ["tab\tand space"]),
        ("Åsa 王 عمر 👍", ["Åsa 王 عمر 👍"]),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text: str, lines: list[str]) -> None:
    sent = shown(text.encode())
    assert (list(sent.lines), sent.left_out) == (lines, 0)


@pytest.mark.parametrize("body", [b"\xff\x00<b>\x1b" + bytes(range(0x30, 0x40)), b"PK\x03\x04\0"])
def test_what_is_no_text_is_a_table_of_bytes(body: bytes) -> None:
    lines = shown(body).lines
    assert lines[0].startswith("00000000  ")
    assert len(lines) == -(-len(body) // 16)
    read = bytes.fromhex("".join(line[10 : 10 + 48] for line in lines))
    assert read == body
    assert all(" " <= char < "\x7f" for line in lines for char in line)


def test_a_table_of_bytes_shows_what_can_be_read_of_them() -> None:
    assert shown(b"\xffname=Ada&mail=x@y.example").lines == (
        "00000000  ff 6e 61 6d 65 3d 41 64 61 26 6d 61 69 6c 3d 78  |.name=Ada&mail=x|",
        "00000010  40 79 2e 65 78 61 6d 70 6c 65                    |@y.example|",
    )


@pytest.mark.parametrize(
    ("body", "left_out", "unit"),
    [
        (b"x" * MOST_CHARACTERS, 0, "character"),
        (("å" * (MOST_CHARACTERS + 2)).encode(), 2, "character"),
        (b"\0" * MOST_BYTES, 0, "byte"),
        (b"\0" * (MOST_BYTES + 1), 1, "byte"),
    ],
)
def test_how_much_is_left_out_is_known(body: bytes, left_out: int, unit: str) -> None:
    sent = shown(body)
    assert (sent.left_out, sent.unit) == (left_out, unit)
