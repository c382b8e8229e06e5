"""The pages: whole, accessible, self-contained, and harmless whoever filled in the form."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.languages import Language
from shared.domain.leads import Change, Status, Step, replay
from shared.domain.mine import OpenPool, in_order
from shared.domain.pools import Person
from shared.domain.reps import Obstacle
from shared.domain.sessions import Session
from shared.errors import FieldProblem
from shared.http import DEFECT, PROBLEMS
from shared.messages import my_pages, pages
from tests.team import config

# Who is at their desk is not off shift; the others order who is offered a lead.
NEVER_OF_AN_OFFER = {
    *(Obstacle.AWAY, Obstacle.OFF_SHIFT, Obstacle.POOL_CLOSED, Obstacle.LAST_HOP),
    *(Obstacle.LACKS_SKILL, Obstacle.OTHER_TIER, Obstacle.OTHERS_MATCH, Obstacle.CATCHING_UP),
}
AT_WORK = (Step.ACCEPTED, Step.CONTACTED, Step.NOTED)
ASK = Person(name="Maria Holm", email="maria@team.example")
ATTACK = '"></title></style><script>alert(1)</script><img src=https://evil.example/x>'
ATTACKER = Person(name=ATTACK, email="maria@team.example")
MAIL = {
    "to": "lena@team.example",
    "subject": "New lead: Anna",
    "time": "2026-11-24T13:17:03.120Z",
    "html": '<p class="x">Hello & <a href="https://leads.example/a/1">Accept</a></p>',
    "text": "Hello & accept",
}


def demo(**values: str) -> str:
    usual = {
        "form_action": "/v1/forms/website/leads",
        "started_field": "started",
        "started": "1795526222000",
        "honeypot": "homepage",
        "redirect": "https://shop.example/thanks",
        "mail_url": "/mailbox",
    }
    return pages.demo_page(**usual | values)


@pytest.fixture
def every_page(assigned, rep):
    """Each page by name; every text that a stranger controls is an attack."""
    lead = assigned(
        name=ATTACK, company=ATTACK, product=ATTACK, region=ATTACK, message=f"{ATTACK}\n{ATTACK}"
    )
    until = lead.assigned_at + timedelta(minutes=15)
    return {
        "accept": pages.accept_page(
            lead, rep, until=until, masked=False, action_url="/a/token", nonce=ATTACK
        ),
        "offer": pages.offer_page(
            lead, rep, until=until, others=2, action_url="/a/token", nonce=ATTACK
        ),
        "refused": pages.refused_page(rep, ask=ATTACKER, code="holding_limit"),
        "refused otherwise": pages.refused_page(rep, ask=ASK, code=ATTACK),
        "accepted": pages.accepted_page(lead, rep),
        "closed": pages.closed_page(lead, rep, masked=False),
        "gone": pages.gone_page(rep, ask=ATTACKER, ended="reclaimed", where="colleague"),
        "expired": pages.useless_link_page(rep, ask=ATTACKER),
        "left": pages.useless_link_page(None, ask=ASK),
        "bad link": pages.bad_link_page(),
        "thank you": pages.thank_you_page(),
        "problem": pages.problem_page("busy"),
        "problems": pages.form_problems_page([FieldProblem(ATTACK, ATTACK)]),
        "demo": demo(started=ATTACK, redirect=ATTACK),
        "mailbox": pages.mailbox_page([dict.fromkeys(MAIL, ATTACK), MAIL]),
        "empty mailbox": pages.mailbox_page([]),
        **_pages_of_who_signs_in(lead),
    }


def _pages_of_who_signs_in(lead) -> dict[str, str]:
    team = config({"anna": 1}, limits={"anna": {"name": ATTACK}})
    rep, here = team.reps["anna"], {"nonce": ATTACK, "root": "../"}
    now = lead.log[-1].at
    work = replay(
        lead.lead_id,
        lead.source,
        lead.fields,
        [*lead.log, *(Change(step, now, "anna", reason=ATTACK) for step in AT_WORK)],
    )
    opened = Change(Step.OPENED, now, pool="sales", until=now + timedelta(hours=1))
    open_lead = replay(lead.lead_id, lead.source, lead.fields, [lead.log[0], opened])
    mine = in_order([lead, work], [OpenPool("sales", [open_lead], 2)], now, more=True)
    asleep = Session("p", ATTACK, now, now, now)
    return {
        "sign in": my_pages.sign_in_page(Language.EN, asked=False),
        "sign in, asked": my_pages.sign_in_page(Language.EN, asked=True),
        "sign in, link": my_pages.sign_in_link_page(Language.EN, action_url="x", nonce=ATTACK),
        "sign in, refused": my_pages.sign_in_refused_page(Language.EN, root="../"),
        "token": my_pages.token_page(Language.EN, ATTACK, **here),
        "no leads": my_pages.no_leads_page(Language.EN, **here),
        "no such lead": my_pages.no_such_lead_page(Language.EN, **here),
        "sessions": my_pages.sessions_page(
            Language.EN, [asleep, asleep], own=ATTACK, time_zone="UTC", now=now, **here
        ),
        "my leads": my_pages.my_leads_page(mine, rep, team, now=now, said=ATTACK, **here),
        **{
            f"my lead {one.status}": my_pages.my_lead_page(
                one, rep, team, now=now, said=ATTACK, problem=ATTACK, **here
            )
            for one in (lead, work)
        },
        "open lead": my_pages.open_lead_page(open_lead, rep, team, now=now, problem=ATTACK, **here),
    }


def test_pages_run_and_load_nothing(every_page, look) -> None:
    """No script, no remote resource, no way in for markup that somebody typed."""
    for name, page in every_page.items():
        html = look(page)
        assert not {"script", "img", "link", "object", "base"} & set(html.names), name
        assert not [attributes for _, attributes in html.tags if "src" in attributes], name
        assert not [key for _, attributes in html.tags for key in attributes if key[:2] == "on"]
        assert "url(" not in page
        assert "@import" not in page


def test_pages_are_complete_documents(every_page, look) -> None:
    """Language, title, one heading; not indexed, and no referrer, since links hold tokens."""
    for name, page in every_page.items():
        html = look(page)
        assert page.startswith("<!doctype html>"), name
        assert html.find("html") == [{"lang": "en"}]
        assert html.names.count("title") == html.names.count("h1") == html.names.count("main") == 1
        metas = {meta.get("name"): meta.get("content") for meta in html.find("meta")}
        assert metas["robots"] == "noindex"
        assert metas["referrer"] == "no-referrer"
        assert metas["viewport"] == "width=device-width, initial-scale=1"
        assert "prefers-color-scheme: dark" in page


def test_every_field_of_a_reps_page_has_a_label(every_page, look) -> None:
    """And no two have the same, so that each label leads to its own."""
    for name, page in every_page.items():
        html = look(page)
        labelled = [label["for"] for label in html.find("label") if "for" in label]
        assert len(labelled) == len(set(labelled)), name
        for field in (*html.find("input"), *html.find("textarea")):
            unlabelled = field.get("type") in {"hidden", "checkbox"}
            assert unlabelled or field["id"] in labelled, name


def test_every_field_has_a_label(look) -> None:
    """For readers of screens: each input is labelled, or hidden."""
    html = look(demo())
    labelled = {label.get("for") for label in html.find("label")}
    for kind in ("input", "select", "textarea"):
        for attributes in html.find(kind):
            hidden = attributes.get("type") in {"hidden", "checkbox"}
            assert hidden or attributes["id"] in labelled
    assert html.names.count("label") == len(labelled - {None}) + 1  # the checkbox's is around it


def test_accepting_takes_one_button_that_posts(assigned, rep, look) -> None:
    """Mail scanners follow links, so nothing on the page changes anything but its one button."""
    lead = assigned()
    until = lead.assigned_at + timedelta(minutes=15)
    html = look(
        pages.accept_page(
            lead, rep, until=until, masked=False, action_url="/a/tok?x=1&y=2", nonce="n0nce"
        )
    )
    assert html.find("form") == [{"method": "post", "action": "/a/tok?x=1&y=2"}]
    assert html.find("input") == [{"type": "hidden", "name": "nonce", "value": "n0nce"}]
    assert html.names.count("button") == 1
    assert html.links == []
    for fact in ("Anna Svensson", "Volvo AB", "XC40", "until 14:32 CET", "for Lena Berg"):
        assert fact in html.text


def test_an_offer_takes_one_button_and_reaches_nobody(assigned, rep, look) -> None:
    lead = assigned()
    until = lead.assigned_at + timedelta(minutes=15)
    html = look(pages.offer_page(lead, rep, until=until, others=2, action_url="tok", nonce="n0nce"))
    assert html.find("form") == [{"method": "post", "action": "tok"}]
    assert html.names.count("button") == 1
    assert html.links == []
    for fact in ("A. S.", "Volvo AB", "XC40", "2 colleagues", "ends at 14:32 CET", "Twelve cars"):
        assert fact in html.text
    for personal in ("Svensson", "svensson", "+46701234567"):
        assert personal not in html.text


@pytest.mark.parametrize("obstacle", Obstacle)
def test_who_cannot_take_an_offer_reads_why(rep, look, obstacle: Obstacle) -> None:
    """In words to them; nothing is said of those who are not there, who can press no button."""
    text = look(pages.refused_page(rep, ask=ASK, code=obstacle.name.lower())).text
    assert "You cannot take this lead now" in text
    assert "ask Maria Holm" in text
    assert "_" not in text
    assert ("Something keeps you" in text) == (obstacle in NEVER_OF_AN_OFFER)


def test_accepting_without_a_deadline(assigned, rep, look) -> None:
    html = look(
        pages.accept_page(assigned(), rep, until=None, masked=False, action_url="/a/x", nonce="n")
    )
    assert "until" not in html.text
    assert "give it back" in html.text


def test_accepted_shows_how_to_reach_the_lead(assigned, rep, look) -> None:
    html = look(pages.accepted_page(assigned(), rep))
    assert html.links == ["tel:+46701234567", "mailto:anna.svensson@volvo.example"]
    assert "It is yours" in html.text
    assert "+46701234567" in html.text
    assert "form" not in html.names


def test_accepted_without_a_phone(assigned, rep, look) -> None:
    html = look(pages.accepted_page(assigned(phone=None), rep))
    assert html.links == ["mailto:anna.svensson@volvo.example"]
    assert "Phone" not in html.text


def test_gone_says_what_happened_and_whom_to_ask(rep, look) -> None:
    html = look(pages.gone_page(rep, ask=ASK, ended="", where="colleague"))
    assert "It has gone to a colleague. There" in html.text
    assert "ask Maria Holm (maria@team.example)." in html.text
    assert html.links == ["mailto:maria@team.example"]


@pytest.mark.parametrize(
    ("ended", "where", "sentence"),
    [
        ("declined", "routing", "You gave it back, and it is being given to a colleague."),
        ("declined", "parked", "You gave it back, and it waits until a colleague is free"),
        ("reclaimed", "manager", "It was not taken up in time and waits for a manager’s decision."),
        ("reclaimed", "again", "It was not taken up in time and has come to you again"),
        ("unassigned", "colleague", "It was taken off your list and has gone to a colleague."),
        ("rerouted", "routing", "It has become another pool’s, and it is being given to a"),
        ("faster", "colleague", "A colleague was faster, and has it now."),
        ("faster", "parked", "A colleague was faster; since then it waits until a colleague is"),
        ("", "open", "It waits to be claimed, among the pool’s open leads."),
        ("", "closed", "It is closed."),
    ],
)
def test_gone_says_only_what_is_true(rep, look, ended: str, where: str, sentence: str) -> None:
    text = look(pages.gone_page(rep, ask=ASK, ended=ended, where=where)).text
    assert sentence in text
    assert ("nothing you need to do" in text) == (where != "again")


def test_closed_asks_for_nothing(assigned, rep, look) -> None:
    """A closed lead has no button, and nobody is told to hurry."""
    lead = replace(assigned(), status=Status.LOST)
    html = look(pages.closed_page(lead, rep, masked=False))
    assert "This lead is closed, as lost." in html.text
    assert html.links == []
    assert "button" not in html.names


def test_what_a_seller_took_back_before_it_was_accepted_stays_masked(assigned, rep, look) -> None:
    lead = replace(assigned(), status=Status.LOST)
    open_, masked = (look(pages.closed_page(lead, rep, masked=so)).text for so in (False, True))
    personal = [lead.fields[name] for name in ("name", "email")]
    assert all(text in open_ for text in personal)
    assert not any(text in masked for text in personal)


@pytest.mark.parametrize("kind", [kind for _, kind, _ in (*PROBLEMS.values(), DEFECT)])
def test_every_problem_has_a_page_that_says_what_to_do(look, kind: str) -> None:
    """In people's words: no status codes, no names of types."""
    text = look(pages.problem_page(kind)).text
    assert "try again" in text or "send it again" in text or "another way" in text
    assert kind not in text


def test_problems_lists_every_wrong_field(look) -> None:
    problems = [FieldProblem("your-email", "is required"), FieldProblem("tel", "is too short")]
    html = look(pages.form_problems_page(problems))
    assert "your-email is required" in html.text
    assert "tel is too short" in html.text
    assert "Nothing has been sent" in html.text


def test_demo_posts_like_a_website(look) -> None:
    """The names every form understands, and the two that tell people from programs."""
    html = look(demo())
    (form,) = html.find("form")
    assert (form["method"], form["action"]) == ("post", "/v1/forms/website/leads")
    fields = [
        attributes for kind in ("input", "select", "textarea") for attributes in html.find(kind)
    ]
    values = {attributes["name"]: attributes.get("value") for attributes in fields}
    assert values["started"] == "1795526222000"
    assert values["redirect_to"] == "https://shop.example/thanks"
    assert {"name", "email", "phone", "company", "country", "product", "message"} <= set(values)
    assert "consent" in values
    assert html.links == ["/mailbox"]
    assert "redirect_to" not in demo(redirect="")


def test_the_honeypot_is_out_of_everybodys_way(look) -> None:
    """Not seen, not reached with the keyboard, not read out, not filled in by the browser."""
    page = demo()
    (trap,) = [field for field in look(page).find("input") if field["name"] == "homepage"]
    assert (trap["autocomplete"], trap["tabindex"]) == ("off", "-1")
    assert "value" not in trap
    assert '<div class="away" aria-hidden="true">\n<label for="homepage">' in page


def test_mailbox_lists_the_newest_first(look) -> None:
    older = MAIL | {"subject": "Older", "time": "2026-11-24T13:17:02.000Z"}
    text = look(pages.mailbox_page([older, MAIL])).text
    assert "2 mails" in text
    assert text.index("New lead: Anna") < text.index("Older")
    assert "2026-11-24 13:17:03 UTC" in text


def test_mailbox_shows_a_mail_as_it_is_in_a_frame_that_runs_nothing(look) -> None:
    """Links open the whole window; scripts, forms and the page's own origin stay out of reach."""
    (frame,) = look(pages.mailbox_page([MAIL])).find("iframe")
    assert frame["srcdoc"] == '<base target="_top">' + MAIL["html"]
    assert frame["sandbox"] == "allow-top-navigation-by-user-activation allow-popups"


def test_mailbox_takes_a_mail_with_parts_missing(look) -> None:
    html = look(pages.mailbox_page([{"to": "lena@team.example"}]))
    assert "(no subject)" in html.text
    assert "iframe" not in html.names
