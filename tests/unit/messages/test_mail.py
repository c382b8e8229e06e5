"""The mails to reps: complete, calm, and safe whatever a stranger typed."""

import re
import unicodedata
from datetime import timedelta
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.config import Rep
from shared.domain.leads import Change, Step, evolve, replay
from shared.messages.display import one_line
from shared.messages.mail import (
    Given,
    Mail,
    again_mail,
    assigned_mail,
    claimed_mail,
    late_mail,
    moved_mail,
    offer_mail,
    reminder_mail,
    returned_mail,
    snoozed_mail,
)

URL = "https://leads.example/a/eyJsIjoiMDFKREYifQ.c2ln-_"
REASON = "anna was owed 0.83 of a lead, more than anyone else who could take it"
FIFTEEN = timedelta(minutes=15)

HOSTILE = {
    "html": "<b>Anna</b><img src=https://evil.example/x.png>",
    "script": "<script>alert(1)</script>",
    "closing": '"></p></td></tr></table><a href="https://evil.example">Accept</a>',
    "attribute": "' onmouseover='alert(1)",
    "style": "</style><style>*{display:none}</style>",
    "line separator": "Anna\u2028Bcc: all@evil.example",
    "header": "Anna\r\nBcc: all@evil.example\r\n\r\nbody",
    "all line breaks": "a\rb\nc\x0bd\x0ce\x1cf\x1dg\x1eh\x85i\u2028j\u2029k",
    "nul": "An\x00na",
    "right to left override": "\u202egnp.exe\u2066",
    "arabic": "\u0645\u0631\u064a\u0645 \u062d\u0633\u0646",
    "long": "x" * 10_000,
    "long words": "word " * 2_000,
    "emoji": "👩\u200d👩\u200d👧 Anna 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "formula": "=1+1",
    "template": "{{7*7}}{% raw %}${7*7}",
    "quotes": "\"Anna\" 'O\u2019Neill' `x` \\",
    "address": "https://evil.example/accept",
    "script address": "javascript:alert(1)",
    "surrogate": "An\ud800na",
    "nothing to see": "\u200b\u2060\xa0",
    "accents": "a" + "\u0301" * 300,
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


def both(lead, rep) -> list[Mail]:
    until = lead.assigned_at + FIFTEEN
    return [
        assigned_mail(lead, rep, reason=REASON, until=until, accept_url=URL),
        reminder_mail(lead, rep, until=until, accept_url=URL),
    ]


def every_mail(lead, rep) -> list[Mail]:
    """Each kind of mail in each of its forms; there is one link, but for `without_link`."""
    until = lead.assigned_at + FIFTEEN
    return [
        *both(lead, rep),
        again_mail(lead, lead, rep, until=until, accept_url=URL, accepted=False),
        again_mail(lead, lead, rep, until=None, accept_url=URL, accepted=True),
        assigned_mail(
            lead,
            rep,
            reason=REASON,
            until=until,
            accept_url=URL,
            begins=lead.assigned_at + timedelta(minutes=5),
            given=Given(lead.fields.get("name", ""), lead.fields.get("company", "")),
        ),
        offer_mail(lead, rep, others=2, until=until, accept_url=URL),
        offer_mail(lead, rep, others=0, until=None, accept_url=URL),
        claimed_mail(lead, rep, accept_url=URL),
        snoozed_mail(lead, rep, accept_url=URL, note=lead.fields.get("company", "")),
        *without_link(lead, rep),
    ]


def without_link(lead, rep) -> list[Mail]:
    """Those that ask for nothing."""
    return [
        late_mail(lead, rep, faster=True),
        late_mail(lead, rep, faster=False),
        moved_mail(lead, rep, where="colleague", reason=lead.fields.get("company", "")),
        moved_mail(lead, rep, where="somebody", reason=""),
        moved_mail(lead, rep, where="pool", reason=""),
        moved_mail(lead, rep, where="open", reason="", late="not_contacted"),
        moved_mail(lead, rep, where="manager", reason="", late="no_activity"),
        returned_mail(lead, rep, reason="wrong number"),
    ]


def everywhere(text: str) -> dict[str, object]:
    """Every field a stranger fills in freely."""
    names = ("name", "company", "product", "message", "region", "postal_code", "page_url")
    return dict.fromkeys(names, text) | {"utm_source": text, "extra": {text: text}}


def sent(mail: Mail) -> bytes:
    message = EmailMessage()
    message["Subject"] = mail.subject
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message.as_bytes()


def test_says_all_that_the_rep_needs(assigned, rep, look) -> None:
    """Who, what, how to reach them, where from, why this rep, until when, and what happens then."""
    lead = assigned()
    mail, _ = both(lead, rep)
    for part in (" ".join(mail.text.split()), look(mail.html).text):
        for fact in (
            *("Anna Svensson", "Volvo AB", "XC40", "Twelve cars, please.", "Before noon?"),
            *("anna.svensson@volvo.example", "+46701234567", "411 03, Skåne, SE", "website (form)"),
            *("shop.example/fleet?car=xc40", "google / autumn", "Fleet size: 12", "given"),
            *(f"{REASON}.", "until 14:32 CET", "within 15 minutes", lead.lead_id),
            "If you cannot take it, leave it: at 14:32 it goes to the next rep.",
        ):
            assert fact in part
    assert mail.subject == "New lead: Anna Svensson, Volvo AB"


def test_reminder_is_short_and_says_how_long_is_left(assigned, rep, look) -> None:
    """Five minutes in, ten of the fifteen are left; who it is stands in the subject already."""
    lead = assigned()
    until = lead.assigned_at + FIFTEEN
    reminded = evolve(
        lead, Change(Step.REMINDED, lead.assigned_at + timedelta(seconds=302), "anna")
    )
    mail = reminder_mail(reminded, rep, until=until, accept_url=URL)
    assert mail.subject == "Waiting for you until 14:32: Anna Svensson"
    for part in (mail.text, look(mail.html).text):
        assert "10 minutes left" in part
        assert "14:32 CET" in part
        assert len(part) < 500


def test_each_part_has_one_accept_link(assigned, rep, look) -> None:
    """One address to open in each part; the text has it on a line of its own."""
    linked = every_mail(assigned(), rep)[: -len(without_link(assigned(), rep))]
    for mail in linked:
        assert mail.text.count(URL) == 1
        assert URL in mail.text.splitlines()
        web = [link for link in look(mail.html).links if link.startswith("http")]
        assert web == [URL]


def test_contact_links_open_mail_and_phone(assigned, rep, look) -> None:
    """Reading on a phone, the rep calls with one touch."""
    mail, _ = both(assigned(email="anna+web@volvo.example"), rep)
    links = look(mail.html).links
    assert "mailto:anna%2Bweb@volvo.example" in links
    assert "tel:+46701234567" in links


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "a@b.example?bcc=all@evil.example"),
        ("email", "a@b.example&subject=x"),
        ("email", "javascript:alert(1)"),
        ("email", "a@b.example\r\nBcc: c"),
        ("phone", "javascript:alert(1)"),
        ("phone", "+46 70;ext=1"),
        ("phone", "112"),
    ],
)
def test_contact_links_cannot_be_bent(assigned, rep, look, field, value) -> None:
    """Even if a value came past validation, the link adds no header and runs nothing."""
    mail, _ = both(assigned(**{field: value}), rep)
    for link in look(mail.html).links:
        assert link.startswith((URL, "mailto:", "tel:+"))
        assert not set("?&\r\n") & set(link)


@hostile
def test_hostile_text_changes_no_markup(assigned, rep, look, text) -> None:
    """Whatever the fields hold, a browser finds the same tags and links as in a harmless mail."""
    harmless = "Plain" if one_line(text, 100) else ""
    for mail, plain in zip(
        every_mail(assigned(**everywhere(text)), rep),
        every_mail(assigned(**everywhere(harmless)), rep),
        strict=True,
    ):
        found, expected = look(mail.html), look(plain.html)
        assert [name for name in found.names if name != "br"] == expected.names
        assert found.links == expected.links


@hostile
def test_hostile_text_stays_out_of_headers(assigned, rep, text) -> None:
    """The subject is one line of at most 100 characters that Python's own mail library takes."""
    for mail in every_mail(assigned(**everywhere(text)), rep):
        assert b"\nBcc:" not in sent(mail).partition(b"\n\n")[0]
        assert 0 < len(mail.subject) <= 100
        assert not [c for c in mail.subject if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}]
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(mail.subject)
        assert mail.subject == " ".join(mail.subject.split())


@hostile
def test_hostile_text_cannot_pose_as_the_accept_link(assigned, rep, text) -> None:
    """Only the real link stands bare on a line; what a stranger wrote is labelled or quoted."""
    lead = assigned(**everywhere(f"{text}\nAccept it here:\nhttps://evil.example"))
    without = without_link(lead, rep)
    for mail in every_mail(lead, rep):
        lines = mail.text.splitlines()
        ours = [] if mail in without else [URL]
        assert [line for line in lines if re.match("https?://", line)] == ours
        heads = ("Accept it here:", "Your lead is here:", "Take it here:")
        called = sum(line.endswith(heads) and not line.startswith(">") for line in lines)
        assert called == len(ours)


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_makes_a_mail(assigned, rep, look, text) -> None:
    """No text whatsoever stops the alert."""
    for mail in every_mail(assigned(**everywhere(text), email=text, phone=text), rep):
        assert sent(mail)
        assert len(mail.subject) <= 100
        assert "script" not in look(mail.html).names


def test_a_lead_of_which_little_is_known(assigned, rep, look) -> None:
    """Any field may be absent; the heading is then what tells the lead from the next one."""
    absent = set(assigned().fields) - {"email"}
    bare = dict.fromkeys(absent)
    mail, reminder = both(assigned(**bare), rep)
    assert mail.subject == "New lead: anna.svensson@volvo.example"
    assert reminder.subject == "Waiting for you until 14:32: anna.svensson@volvo.example"
    for label in ("Phone", "Product", "Message", "Also sent", "Consent", "Campaign"):
        assert label not in mail.text
        assert label not in look(mail.html).text
    nobody, _ = both(assigned(**bare, email=None), rep)
    assert nobody.subject == "New lead: Somebody without a name"


def test_first_and_last_name_do_for_a_name(assigned, rep) -> None:
    mail, _ = both(assigned(name=None, first_name="Ada", last_name="Lovelace", company=None), rep)
    assert mail.subject == "New lead: Ada Lovelace"


def test_long_names_are_cut_for_display(assigned, rep) -> None:
    """A name of 10,000 characters does not push the accept link off the screen."""
    mail, _ = both(assigned(name="x" * 10_000, company="y" * 10_000), rep)
    assert mail.subject.endswith("…")
    assert len(mail.text.splitlines()[0]) < 200


def test_shows_at_most_twenty_extra_fields(assigned, rep, look) -> None:
    extra = {f"Field {i}": f"value {i}" for i in range(23)}
    mail, _ = both(assigned(extra=extra), rep)
    for part in (mail.text, look(mail.html).text):
        assert "Field 19: value 19" in part
        assert "Field 20" not in part
        assert "and 3 more fields" in part


@pytest.mark.parametrize(
    ("zone", "length", "expected", "within"),
    [
        ("Europe/Stockholm", timedelta(minutes=15), "until 14:32 CET", "15 minutes"),
        ("UTC", timedelta(seconds=45), "until 13:17:47 UTC", "45 seconds"),
        ("America/New_York", timedelta(hours=2), "until 10:17 EST", "2 hours"),
        ("Europe/Istanbul", timedelta(minutes=1), "until 16:18:02 UTC+03", "1 minute"),
        ("Asia/Tokyo", timedelta(hours=2), "until Wednesday 25 November, 00:17 JST", "2 hours"),
        ("UTC", timedelta(seconds=90), "until 13:18:32 UTC", "90 seconds"),
        ("UTC", timedelta(minutes=150), "until 15:47 UTC", "2 hours 30 minutes"),
        ("UTC", timedelta(hours=76), "until Friday 27 November, 17:17 UTC", "3 days 4 hours"),
        ("UTC", timedelta(days=1), "until Wednesday 25 November, 13:17 UTC", "1 day"),
        ("UTC", timedelta(days=3), "until Friday 27 November, 13:17 UTC", "3 days"),
        ("Australia/Sydney", timedelta(minutes=90), "until 01:47 AEDT", "90 minutes"),
    ],
)
def test_times_are_the_reps_own(assigned, look, zone, length, expected, within) -> None:
    """On the wall clock where the rep is; with the day when it is not the same one."""
    lead = assigned()
    there = Rep(name="Lena", email="lena@team.example", time_zone=zone)
    until = lead.assigned_at + length
    mail = assigned_mail(lead, there, reason=REASON, until=until, accept_url=URL)
    for part in (mail.text, look(mail.html).text):
        assert expected in part
        assert f"within {within}" in part


def test_a_lead_without_deadline_names_none(assigned, rep, look) -> None:
    lead = assigned()
    new = assigned_mail(lead, rep, reason=REASON, until=None, accept_url=URL)
    reminder = reminder_mail(lead, rep, until=None, accept_url=URL)
    assert reminder.subject == "Waiting for you: Anna Svensson"
    for mail in (new, reminder):
        for part in (mail.text, look(mail.html).text):
            assert "until" not in part
            assert "give it back" in part


def test_a_lead_that_comes_again_says_so(assigned, rep, look) -> None:
    """The second rep knows that this person has waited already."""
    lead = assigned()
    until = lead.assigned_at + FIFTEEN
    mail = assigned_mail(lead, rep, reason=REASON, until=until, accept_url=URL, repeated=True)
    for part in (mail.text, look(mail.html).text):
        assert "Another rep had this lead before you" in part


def test_mails_load_nothing(assigned, rep, look) -> None:
    """No image, font, style sheet or script from anywhere: opening the mail tells nobody."""
    for mail in every_mail(assigned(), rep):
        html = look(mail.html)
        assert not {"script", "img", "link", "iframe", "object", "form"} & set(html.names)
        assert not [tag for tag, attributes in html.tags if {"src", "background"} & set(attributes)]
        assert "url(" not in mail.html
        assert "@import" not in mail.html


def test_works_in_the_dark_and_on_phones(assigned, rep, look) -> None:
    for mail in every_mail(assigned(), rep):
        assert "prefers-color-scheme: dark" in mail.html
        assert any(meta.get("name") == "viewport" for meta in look(mail.html).find("meta"))
        assert look(mail.html).find("html") == [{"lang": "en"}]


def again(assigned, **fields):
    """The same person once more, a day after their first lead."""
    lead = assigned(**fields)
    came = Change(Step.DUPLICATED, lead.created_at + timedelta(days=1), first=lead.lead_id)
    return replay("01JDFB000000000000000AGA1N", "form#pricing", lead.fields, [came])


def test_who_comes_again_is_told_with_what_they_wrote_this_time(assigned, rep, look) -> None:
    """The rep sees both: whose lead it is of theirs, and what is new."""
    first = assigned(name="Anna Svensson", company="Volvo AB")
    new = again(assigned, name="A. Svensson", message="Ten more, please.", phone="+46709999999")
    mail = again_mail(new, first, rep, until=None, accept_url=URL, accepted=True)
    assert mail.subject == "Came again: A. Svensson, Volvo AB"
    for part in (" ".join(mail.text.split()), look(mail.html).text):
        for fact in (
            *("Anna Svensson, Volvo AB", "nobody else gets them", "Ten more, please."),
            *("+46709999999", "pricing (form)", first.lead_id, new.lead_id),
        ):
            assert fact in part
        assert "until" not in part
    assert "Open your lead" in look(mail.html).text


def test_who_comes_again_before_the_rep_accepted_says_until_when(assigned, rep, look) -> None:
    """The link is then still the one to accept with."""
    first, new = assigned(), again(assigned)
    until = new.created_at + FIFTEEN
    mail = again_mail(new, first, rep, until=until, accept_url=URL, accepted=False)
    for part in (" ".join(mail.text.split()), look(mail.html).text):
        assert "until 14:32 CET: 15 minutes left" in part
        assert "leave it: at 14:32 it goes to the next rep" in part
    assert "Accept this lead" in look(mail.html).text


def test_a_lead_taken_back_says_why_and_asks_for_nothing(assigned, rep, look) -> None:
    """Nothing to press, and nothing of what the person wrote: it is not the rep's any more."""
    lead = assigned()
    mail = returned_mail(lead, rep, reason="wrong number")
    assert mail.subject == "Taken back: Anna Svensson, Volvo AB"
    for part in (mail.text, look(mail.html).text):
        for fact in ("taken it back", "wrong number", "nothing for you to do", lead.lead_id):
            assert fact in part
        for private in (lead.fields["email"], lead.fields["phone"], "Twelve cars"):
            assert private not in part
    assert look(mail.html).links == []


def test_an_offer_says_what_it_is_and_reaches_nobody(assigned, rep, look) -> None:
    """The words of the first to take it, the deadline, and what they want."""
    lead = assigned(message="Anna here. Twelve cars, please: +46 70 123 45 67")
    until = lead.assigned_at + FIFTEEN
    mail = offer_mail(lead, rep, others=2, until=until, accept_url=URL)
    assert mail.subject == "Offered to you until 14:32: A. S., Volvo AB"
    for part in (" ".join(mail.text.split()), look(mail.html).text):
        assert "Offered to you and 2 colleagues: the first to take it has it." in part
        assert "The offer ends at 14:32 CET, in 15 minutes." in part
        for fact in ("Twelve cars, please", "XC40", "a•••@v•••.example", "+46 ••• 67"):
            assert fact in part
        for personal in ("Svensson", "svensson", "volvo.example", "1234567", "123 45 67"):
            assert personal not in part
    assert look(mail.html).links == [URL]
    alone = offer_mail(lead, rep, others=0, until=None, accept_url=URL)
    assert "Offered to you alone: take it, and it is yours." in alone.text
    assert "ends" not in alone.text


def test_who_was_first_sees_all_of_it(assigned, rep, look) -> None:
    mail = claimed_mail(assigned(), rep, accept_url=URL)
    assert mail.subject == "It is yours: Anna Svensson, Volvo AB"
    assert "tel:+46701234567" in look(mail.html).links
    assert "anna.svensson@volvo.example" in mail.text


def test_who_asked_to_be_reminded_reads_what_they_noted(assigned, rep, look) -> None:
    mail = snoozed_mail(assigned(), rep, accept_url=URL, note="back from holiday on Monday")
    assert mail.subject == "As you asked: Anna Svensson, Volvo AB"
    for part in (mail.text, look(mail.html).text):
        assert "You noted: back from holiday on Monday" in " ".join(part.split())
    assert "noted" not in snoozed_mail(assigned(), rep, accept_url=URL, note="").text


def test_a_lead_for_the_next_shift_is_for_when_it_begins(assigned, rep, look) -> None:
    """On another day, with the day; nobody is hurried in their evening."""
    lead = assigned()
    begins = lead.assigned_at + timedelta(hours=18, minutes=43)
    mail = assigned_mail(
        lead, rep, reason=REASON, until=begins + FIFTEEN, accept_url=URL, begins=begins
    )
    for part in (" ".join(mail.text.split()), look(mail.html).text):
        assert "for when your shift begins, Wednesday 25 November, 09:00 CET" in part
        assert "take it by Wednesday 25 November, 09:15" in part
        assert "within" not in part


def test_who_gave_it_and_why_is_said_in_their_words(assigned, rep, look) -> None:
    lead = assigned()
    given = Given("Maria Berg", "Call before noon.")
    mail = assigned_mail(lead, rep, reason=REASON, until=None, accept_url=URL, given=given)
    assert "Given to you by Maria Berg: Call before noon." in mail.text
    assert "Given to you by Maria Berg Call before noon." in look(mail.html).text
