"""The mail in the morning: what waits, in order, and safe whatever a stranger typed."""

import pytest

from infra.cli.made_up_mails import ALL_LEADS, UNTIL, URL
from shared.domain.languages import Language
from shared.messages.digest_mail import MOST, Digest, Row, digest_mail
from shared.messages.mail import Mail
from tests.unit.messages.conftest import NOW
from tests.unit.messages.test_mail import HOSTILE, everywhere, sent

PAGE = f"{ALL_LEADS}/01JDFA7Q9Z3V4M8K2T6R5W1XYC"


def mail(digest: Digest, rep) -> Mail:
    return digest_mail(digest, rep, now=NOW, all_url=ALL_LEADS)


def whole(lead) -> Digest:
    return Digest(
        to_accept=[Row(lead, PAGE, URL, UNTIL, masked=True)],
        to_reach=[Row(lead, PAGE)],
        again_today=[Row(lead, PAGE, until=UNTIL)],
        to_take=[("nordic", 2), ("south", 1)],
    )


def test_it_says_what_waits_and_where(assigned, rep, look) -> None:
    made = mail(whole(assigned()), rep)
    assert made.subject == "3 leads wait for you"
    html = look(made.html)
    for text in (" ".join(made.text.split()), html.text):
        parts = (
            "Hello Lena Berg",
            "Not accepted yet",
            "A. S.",
            "Yours until 14:32 CET",
            "Accepted, and nobody reached yet",
            "Anna Svensson",
            "Put off until today",
            "Until 14:32 CET",
            "To be taken",
            "nordic: 2",
            "south: 1",
        )
        places = [text.index(part) for part in parts]
        assert places == sorted(places)
        assert "anna.svensson@" not in text
        assert "+46" not in text
    assert html.links == [PAGE, URL, PAGE, PAGE, ALL_LEADS]
    assert made.text.index(URL) < made.text.index(PAGE) < made.text.index(f"{ALL_LEADS}\n")


def test_a_single_lead_and_what_may_be_taken(assigned, rep) -> None:
    one = Digest(to_reach=[Row(assigned(), PAGE)], to_take=[("nordic", 4)])
    assert mail(one, rep).subject == "1 lead waits for you"
    assert mail(Digest(to_take=[("nordic", 4)]), rep).subject == "4 leads to be taken"
    swedish = rep.model_copy(update={"language": Language.SV})
    assert mail(one, swedish).subject == "1 lead väntar på dig"


def test_a_long_list_ends(assigned, rep) -> None:
    many = mail(Digest(to_reach=[Row(assigned(), PAGE)] * (MOST + 5)), rep)
    assert many.subject == "25 leads wait for you"
    for text in (many.text, many.html):
        assert text.count(PAGE) == MOST
        assert "and 5 more leads" in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_text(assigned, rep, look, text) -> None:
    """Nothing of it becomes markup, a link or a header, and the mail is as ever around it."""
    hostile, harmless = assigned(**everywhere(text)), assigned(**everywhere("x"))
    rep = rep.model_copy(update={"name": text})
    made, usual = mail(whole(hostile), rep), look(mail(whole(harmless), rep).html)
    found, maybe = (
        look(made.html),
        {"p", "bdi"},
    )  # of a company that shows nothing, there is no line
    assert [tag for tag in found.names if tag not in maybe] == [
        tag for tag in usual.names if tag not in maybe
    ]
    assert found.links == usual.links
    assert "\n" not in made.subject
    assert b"\nBcc:" not in sent(made)
    assert "://evil" not in made.text
