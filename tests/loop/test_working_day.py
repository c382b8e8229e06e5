"""A working day of a team on the whole stack, and everything that anybody is told on it.

`told` and `histories` say what each person, chat and manager hears, and what each lead's history is
in the end; the test below them is the day, from morning to evening. Nothing may be missing of what
is told, and nothing may come on top.
"""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml

from infra.cli.config_file import config_from
from infra.local.demo import CONFIG
from shared.domain.leads import Step
from shared.domain.moments import to_text
from tests.audit import Books, problems
from tests.loop.test_doors import commands
from tests.loop.working_day import MARK, Cloud, Day, Person, Told, plain, until
from tests.pressing import FORM
from tests.receiver import receiving
from tests.table import items_of

pytestmark = pytest.mark.loop

TEAM = """
managers:
  lena: {name: Lena Holm, email: lena@working-day.example, pools: $pools}

hours:
  later-today: {week: [{start: "$later", end: "$much_later"}]}
  every-day: {week: [{start: "00:00", end: "00:00"}], holidays: [national-day]}
holidays:
  national-day: {dates: [$today, $tomorrow]}

channels:
  chat: {kind: slack}
  cleo-chat: {kind: slack}
  crm: {kind: webhook, url: "$receiver/crm"}

reps:
  anna: {name: Anna Lind, email: anna@working-day.example}
  bo: {name: Bo Dahl, email: bo@working-day.example}
  cleo:
    name: Cleo Park
    email: cleo@working-day.example
    alerts: [{channel: cleo-chat, "on": [assigned, opened]}]
  dan: {name: Dan Late, email: dan@working-day.example, hours: later-today}
  eva: {name: Eva Off, email: eva@working-day.example, hours: every-day}

pools:
  north:                             # Dan's shift is later, and Eva has a holiday
    members: {anna: 1, bo: 1, cleo: 1, dan: 1, eva: 1}
  rush:
    members: {anna: 1, bo: 1, cleo: 1, dan: 1}
    strategy: shotgun
  market:
    members: {anna: 1, bo: 1, cleo: 1}
    strategy: open
  relay:                             # its leads go on, and then wait for a manager
    members: {bo: 1, cleo: 1}
    deadlines:
      stages:
        - {after: 4s, do: remind}
        - {after: 8s, do: tell_manager, if: untouched}
        - {after: 12s, do: reclaim}
      max_assignments: 2
  wall:                              # its leads are opened
    members: {bo: 1, cleo: 1}
    deadlines: {stages: [{after: 4s, do: remind}, {after: 8s, do: open}]}
  guarded:                           # its leads are lost by whoever leaves them lying
    members: {anna: 1, bo: 1}
    protection: {first: 5s, activity: 1h, at_most: 1d, then: open}
  closed:
    members: {anna: 1, bo: 1}
    hours: later-today

forms:
  day: {name: A working day}
"""
POOLS = ("north", "rush", "market", "relay", "wall", "guarded", "closed")
IDS = (*POOLS, "anna", "bo", "cleo", "dan", "eva", "lena", "later-today", "every-day")
IDS = (*IDS, "national-day", "chat", "cleo-chat", "crm", "day")

NAMES = {"anna": "Anna Lind", "bo": "Bo Dahl", "cleo": "Cleo Park"}
IN_CHAT = ("assigned", "opened", "claimed", "parked", "reclaimed", "lapsed", "converted", "lost")


# ── What the day comes to ────────────────────────────────────────────────────────────────────────


def told(fast: str, slow: str) -> list[Told]:
    """All that people are told. `fast` is first to take what is offered to all, `slow` is not."""
    return [
        # Who works by browser or program signs in.
        *(Told(who, "Your link to sign in to leadwheel") for who in ("anna", "bo", "cleo", "lena")),
        # Ada is won by Anna, who wanted to be reminded.
        Told("anna", "New lead", "Ada"),
        Told("anna", "As you asked", "Ada"),
        Told("chat", "New lead for Anna Lind", "Ada"),
        Told("chat", "Anna Lind has won a lead", "Ada"),
        # Ben is declined by Bo, taken by Cleo, and given to Anna by Lena.
        Told("bo", "New lead", "Ben"),
        Told("cleo", "New lead", "Ben"),
        Told("cleo", "Not yours any more", "Ben"),
        Told("anna", "New lead", "Ben"),
        Told("chat", "New lead for Bo Dahl", "Ben"),
        Told("chat", "New lead for Cleo Park", "Ben"),
        Told("cleo's chat", "New lead for you", "Ben"),
        Told("cleo's chat", "A lead is not yours any more", "Ben"),
        Told("chat", "New lead for Anna Lind", "Ben"),
        Told("chat", "Anna Lind has lost a lead", "Ben"),
        # Anna is paused while Cyd and Dee come, and back when Eli does.
        Told("cleo", "New lead", "Cyd"),
        Told("cleo's chat", "New lead for you", "Cyd"),
        Told("chat", "New lead for Cleo Park", "Cyd"),
        Told("chat", "Cleo Park has lost a lead", "Cyd"),
        Told("bo", "New lead", "Dee"),
        Told("chat", "New lead for Bo Dahl", "Dee"),
        Told("chat", "Bo Dahl has lost a lead", "Dee"),
        Told("anna", "New lead", "Eli"),
        Told("chat", "New lead for Anna Lind", "Eli"),
        Told("chat", "Anna Lind has lost a lead", "Eli"),
        # Fay is offered to all who are there, and two want her.
        *(Told(who, "Offered to you", "Fay") for who in ("anna", "bo", "cleo")),
        Told("cleo's chat", "A lead is offered to you", "Fay"),
        Told("chat", "A lead is free to take", "Fay"),
        Told(fast, "It is yours", "Fay"),
        Told(slow, "Taken by a colleague", "Fay"),
        Told("cleo", "Taken by a colleague", "Fay"),
        Told("chat", f"{NAMES[fast]} has taken a lead", "Fay"),
        Told("chat", f"{NAMES[fast]} has lost a lead", "Fay"),
        # Gus is claimed from the list, Hal unseen.
        Told("chat", "A lead is free to take", "Gus"),
        Told("chat", "Bo Dahl has taken a lead", "Gus"),
        Told("chat", "Bo Dahl has lost a lead", "Gus"),
        Told("chat", "A lead is free to take", "Hal"),
        Told("chat", "Cleo Park has taken a lead", "Hal"),
        Told("chat", "Cleo Park has lost a lead", "Hal"),
        # Nobody touches Ida: not Bo, not Cleo; then a manager is to decide.
        Told("bo", "New lead", "Ida"),
        Told("chat", "New lead for Bo Dahl", "Ida"),
        Told("bo", "Waiting for you", "Ida"),
        Told("managers", "a lead has waited 1 minute for bo (pool relay)", "Ida"),
        Told("chat", "A lead was taken back from Bo Dahl", "Ida"),
        Told("cleo", "New lead", "Ida"),
        Told("cleo's chat", "New lead for you", "Ida"),
        Told("chat", "New lead for Cleo Park", "Ida"),
        Told("cleo", "Waiting for you", "Ida"),
        Told("managers", "a lead has waited 1 minute for cleo (pool relay)", "Ida"),
        Told("chat", "A lead was taken back from Cleo Park", "Ida"),
        Told("managers", "a lead needs your decision (pool relay)", "Ida"),
        Told("chat", "A lead is parked", "Ida"),
        Told("anna", "New lead", "Ida"),
        Told("chat", "New lead for Anna Lind", "Ida"),
        Told("chat", "Anna Lind has lost a lead", "Ida"),
        # Nor Jon, who is open to all of the pool then.
        Told("bo", "New lead", "Jon"),
        Told("chat", "New lead for Bo Dahl", "Jon"),
        Told("bo", "Waiting for you", "Jon"),
        Told("chat", "A lead was taken back from Bo Dahl", "Jon"),
        Told("bo", "Not yours any more", "Jon"),
        Told("chat", "A lead is free to take", "Jon"),
        Told("chat", "Cleo Park has taken a lead", "Jon"),
        Told("chat", "Cleo Park has lost a lead", "Jon"),
        # Kim is accepted, and then left lying.
        Told("anna", "New lead", "Kim"),
        Told("chat", "New lead for Anna Lind", "Kim"),
        Told("chat", "A lead was taken back from Anna Lind", "Kim"),
        Told("anna", "Not yours any more", "Kim"),
        Told("chat", "A lead is free to take", "Kim"),
        Told("chat", "Bo Dahl has taken a lead", "Kim"),
        Told("chat", "Bo Dahl has lost a lead", "Kim"),
        # Leo comes when all of his pool are at home: no manager is woken.
        Told("chat", "A lead is parked", "Leo"),
        Told("bo", "New lead", "Leo"),
        Told("chat", "New lead for Bo Dahl", "Leo"),
        Told("chat", "Bo Dahl has lost a lead", "Leo"),
    ]


def histories(fast: str) -> dict[str, list[str]]:
    """Each lead's steps in the end: whose it was, and who did it, where that is somebody else."""
    return {
        "Ada": [
            "captured",
            "assigned anna",
            "accepted anna by link",
            "attempted anna",
            "snoozed anna",
            "reminded anna",
            "contacted anna",
            "converted anna",
        ],
        "Ben": [
            "captured",
            "assigned bo",
            "declined bo",
            "assigned cleo",
            "accepted cleo",
            "noted cleo",
            "assigned anna by manager#lena",
            "accepted anna",
            "lost anna",
        ],
        "Cyd": ["captured", "assigned cleo", "accepted cleo", "lost cleo"],
        "Dee": ["captured", "assigned bo", "accepted bo", "lost bo"],
        "Eli": ["captured", "assigned anna", "accepted anna", "lost anna"],
        "Fay": ["captured", "opened", f"claimed {fast} by link", f"lost {fast}"],
        "Gus": ["captured", "opened", "claimed bo", "lost bo"],
        "Hal": ["captured", "opened", "claimed cleo", "lost cleo"],
        "Ida": [
            "captured",
            *(
                f"{step} {who}"
                for who in ("bo", "cleo")
                for step in ("assigned", "reminded", "escalated", "reclaimed")
            ),
            "parked",
            "assigned anna by manager#lena",
            "accepted anna",
            "lost anna",
        ],
        "Jon": [
            "captured",
            "assigned bo",
            "reminded bo",
            "reclaimed bo",
            "opened",
            "claimed cleo",
            "lost cleo",
        ],
        "Kim": [
            "captured",
            "assigned anna",
            "accepted anna",
            "lapsed anna",
            "opened",
            "claimed bo",
            "contacted bo",
            "lost bo",
        ],
        "Leo": ["captured", "parked", "assigned bo by manager#lena", "accepted bo", "lost bo"],
    }


# ── The stack, made ready for it ─────────────────────────────────────────────────────────────────


@pytest.fixture
def day(stack: Any, tmp_path: Path) -> Iterator[Day]:
    """The team beside the demo's, its channels, and the sweep; the demo's alone afterwards."""
    cloud = Cloud(stack.described["endpoint_url"])
    with ExitStack() as open_things:
        receiver = open_things.enter_context(receiving())
        managers = open_things.enter_context(cloud.managers())
        team = team_beside_the_demos(receiver.url)
        (tmp_path / "team.yaml").write_text(team)
        open_things.callback(stack.leadwheel, "apply", str(CONFIG))
        for chat in ("chat", "cleo"):
            (tmp_path / chat).write_text(f"{receiver.url}/{chat}")
        said = commands(
            stack,
            ("apply", str(tmp_path / "team.yaml")),
            *(
                ("secret", f"channel#{channel}{MARK}", "url", "--value-from", str(tmp_path / file))
                for channel, file in (("chat", "chat"), ("cleo-chat", "cleo"))
            ),
            ("secret", f"channel#crm{MARK}", "--generate"),
        )
        cloud.begin_anew("DeliverFunction")
        open_things.enter_context(cloud.swept())
        yield Day(stack, cloud, receiver, managers, team, said[-1].split()[0])


def team_beside_the_demos(receiver: str) -> str:
    """The configuration: who is off shift and on holiday is so by the hour at which this runs."""
    now = datetime.now(UTC)
    own = Template(TEAM).substitute(
        pools=f"[{', '.join(POOLS)}]",
        receiver=receiver,
        today=f"{now:%Y-%m-%d}",
        tomorrow=f"{now + timedelta(days=1):%Y-%m-%d}",
        later=f"{now + timedelta(hours=6):%H:%M}",
        much_later=f"{now + timedelta(hours=8):%H:%M}",
    )
    own = re.sub(rf"(?<![\w./-])({'|'.join(IDS)})(?![\w@-])", rf"\1{MARK}", own)
    both = yaml.safe_load(CONFIG.read_text())
    for name, more in yaml.safe_load(own).items():
        both[name] = {**both.get(name, {}), **more}
    for pool in POOLS:
        both["pools"][f"{pool}{MARK}"]["notify"] = [
            {"channel": f"chat{MARK}", "on": list(IN_CHAT)},
            {"channel": f"crm{MARK}", "on": [str(step) for step in Step]},
        ]
    form = {"source": f"day{MARK}"}
    rules = [
        {"name": f"{pool} of the day", "when": {**form, "product": pool}, "pool": f"{pool}{MARK}"}
        for pool in POOLS
    ]
    both["rules"] = [*rules, *both["rules"]]
    return str(yaml.safe_dump(both, sort_keys=False))


def given(lead: str, to: str) -> list[Told]:
    """What is told at once when somebody gets a lead; whoever acts before that is quicker."""
    own = [Told("cleo's chat", "New lead for you", lead)] if to == "cleo" else []
    return [Told(to, "New lead", lead), Told("chat", f"New lead for {NAMES[to]}", lead), *own]


# ── The day ──────────────────────────────────────────────────────────────────────────────────────


def test_a_working_day(day: Day) -> None:
    anna, bo, cleo, lena = (Person(day, name) for name in ("anna", "bo", "cleo", "lena"))
    they_sign_in(day, anna, bo, cleo, lena)
    nobody_touches_two_and_one_is_left_lying(day, anna)
    anna_wins_a_lead(day, anna)
    one_is_declined_and_handed_on(day, anna, bo, cleo, lena)
    anna_is_paused_and_resumed(day, bo, lena)
    fast, slow = two_want_what_is_offered_to_all(day, anna, bo)
    two_are_claimed(day, anna, bo, cleo)
    the_closed_pool_waits(day, lena)
    the_clock_has_taken_what_was_left_lying(day, anna, bo, cleo, lena)
    everything_is_closed(anna, bo, cleo)

    for name, steps in histories(fast).items():
        assert day.history(name) == steps, name
    expected = told(fast, slow)
    day.hear(*expected)
    systems_hear_of_every_step_once(day)
    assert Counter(day.told()) == Counter(expected)
    the_books_are_right(day)


def they_sign_in(day: Day, *people: Person) -> None:
    """By a mailed link each; Anna, who has no lead yet, sees an empty list."""
    for person in people:
        page = person.sign_in()
        assert person.url.endswith("/my/leads")
        assert person is not people[0] or "You have no open leads" in page
        person.begin_program()
    day.wait_until_known()


def nobody_touches_two_and_one_is_left_lying(day: Day, anna: Person) -> None:
    """What the clock does to these goes on while everybody does something else."""
    day.comes("Kim", "guarded", *given("Kim", "anna"))
    anna.do("Kim", "accept")
    day.comes("Ida", "relay")
    day.comes("Jon", "wall")


def anna_wins_a_lead(day: Day, anna: Person) -> None:
    lead_id = day.comes("Ada", "north", *given("Ada", "anna"))
    link = anna.mailed_link("Ada")
    # Scanners of mails fetch what is in them, and some post to it.
    for method in ("GET", "HEAD", "POST"):
        assert day.stack.request(method, link)[0] == 200
    form = {name.replace("-", "_"): value for name, value in FORM.items()}
    assert day.stack.request("POST", link, b"nonce=made-up", **form)[0] == 200
    assert day.lead("Ada")["status"] == "assigned"
    anna.go(link)
    anna.press_mailed()
    assert day.lead("Ada")["status"] == "accepted"

    assert "Ada" in anna.my("leads")
    anna.my(f"leads/{lead_id}")
    anna.press(lead_id, step="attempted")
    anna.do("Ada", "snooze", until=to_text(datetime.now(UTC) + timedelta(seconds=2)))
    day.hear(Told("anna", "As you asked", "Ada"))
    anna.my(f"leads/{lead_id}")
    anna.press(lead_id, step="contacted")
    anna.press(lead_id, step="converted", value="1 250,50", currency="eur")
    assert day.lead("Ada")["won"] == {"value": "1250.50", "currency": "EUR"}


def one_is_declined_and_handed_on(
    day: Day, anna: Person, bo: Person, cleo: Person, lena: Person
) -> None:
    lead_id = day.comes("Ben", "north", *given("Ben", "bo"))
    bo.my(f"leads/{lead_id}")
    bo.press(lead_id, step="declined", reason="I know them")
    assert bo.url.endswith("said=declined")
    assert bo.ask(f"/v1/leads/{lead_id}/note", {"reason": "still mine?"})[0] == 409

    day.hear(*given("Ben", "cleo"))
    cleo.do("Ben", "accept")
    cleo.do("Ben", "note", reason="speaks Danish only")
    assert cleo.ask(f"/v1/leads/{lead_id}/assign", {"rep_id": f"anna{MARK}"})[0] == 403
    lena.do("Ben", "assign", rep_id=f"anna{MARK}", owner=f"cleo{MARK}", reason="Anna is a Dane")
    day.hear(*given("Ben", "anna"), Told("cleo", "Not yours any more", "Ben"))
    assert "Given to you by Lena Holm: Anna is a Dane." in day.mail("anna", "Ben")
    assert "It has been given to a colleague: Anna is a Dane." in day.mail("cleo", "Ben")
    assert anna.ask(f"/v1/leads/{lead_id}", method="GET")[0] == 200


def anna_is_paused_and_resumed(day: Day, bo: Person, lena: Person) -> None:
    """It would be Anna's turn; and Dan, off shift, and Eva, on holiday, get none all day."""
    assert lena.ask(f"/v1/reps/anna{MARK}/pause")[0] == 200
    cyd = day.comes("Cyd", "north", *given("Cyd", "cleo"))
    _, decision = lena.ask(f"/v1/leads/{cyd}/decision", method="GET")
    kept_out = {plain(one["rep_id"]): one["reason"] for one in decision["candidates"]}
    assert {who: kept_out[who] for who in ("anna", "dan", "eva")} == {
        "anna": "is paused",
        "dan": "is not on shift",
        "eva": "is out of office",
    }
    dee = day.comes("Dee", "north", *given("Dee", "bo"))
    assert lena.ask(f"/v1/reps/anna{MARK}/resume")[0] == 200
    day.comes("Eli", "north", *given("Eli", "anna"))

    bo.my(f"leads/{dee}")
    bo.press(dee, step="accepted")
    bo.press(dee, step="lost", reason="has bought elsewhere")
    last = day.lead("Dee")["history"][-1]
    assert (last["step"], last["reason"]) == ("lost", "has bought elsewhere")


def two_want_what_is_offered_to_all(day: Day, anna: Person, bo: Person) -> tuple[str, str]:
    """Answers who was first, and who was late."""
    offered = (Told(who, "Offered to you", "Fay") for who in ("anna", "bo", "cleo"))
    day.comes("Fay", "rush", *offered, Told("cleo's chat", "A lead is offered to you", "Fay"))
    day.hear(Told("chat", "A lead is free to take", "Fay"))
    assert "Fay" not in day.mail("anna", "Fay")
    for person in (anna, bo):
        person.go(person.mailed_link("Fay"))
    with ThreadPoolExecutor(2) as at_once:
        pages = list(at_once.map(Person.press_mailed, (anna, bo)))
    assert sorted(person.status for person in (anna, bo)) == [200, 409]
    fast, slow = (anna, bo) if anna.status == 200 else (bo, anna)
    assert plain(day.lead("Fay")["owner"]) == fast.name
    assert "A colleague was faster, and has it now." in pages[(anna, bo).index(slow)]
    day.hear(Told("chat", f"{NAMES[fast.name]} has taken a lead", "Fay"))
    day.hear(Told(fast.name, "It is yours", "Fay"))
    return fast.name, slow.name


def two_are_claimed(day: Day, anna: Person, bo: Person, cleo: Person) -> None:
    """One from the list, which Anna has open as well; the next one unseen."""
    gus = day.comes("Gus", "market", Told("chat", "A lead is free to take", "Gus"))
    bo.my("leads")
    assert gus in bo.page
    bo.my(f"leads/{gus}")
    assert "gus@customer.example" not in bo.page
    anna.my(f"leads/{gus}")
    assert "Gus" not in anna.page
    bo.press(gus, step="claimed")
    assert "gus@customer.example" in bo.page
    day.hear(Told("chat", "Bo Dahl has taken a lead", "Gus"))
    assert "A colleague was faster, and has it now." in anna.press(gus, step="claimed")
    assert anna.status == 409
    status, answer = cleo.ask(f"/v1/leads/{gus}/claim")
    assert (status, answer["detail"]) == (409, "Bo Dahl was faster, and has the lead now")

    hal = day.comes("Hal", "market", Told("chat", "A lead is free to take", "Hal"))
    status, claimed = cleo.ask(f"/v1/pools/market{MARK}/claim")
    assert (status, claimed["lead_id"]) == (200, hal)
    day.hear(Told("chat", "Cleo Park has taken a lead", "Hal"))
    assert cleo.ask(f"/v1/pools/market{MARK}/claim")[0] == 409  # there is no other


def the_closed_pool_waits(day: Day, lena: Person) -> None:
    leo = day.comes("Leo", "closed", Told("chat", "A lead is parked", "Leo"))
    _, parked = lena.ask("/v1/parked", method="GET")
    (waiting,) = (lead for lead in parked["leads"] if lead["lead_id"] == leo)
    assert waiting["reason"] == "off_hours"
    status, refused = lena.ask(f"/v1/leads/{leo}/assign", {"rep_id": f"bo{MARK}"})
    assert (status, refused["code"]) == (409, "pool_closed")
    lena.do("Leo", "assign", rep_id=f"bo{MARK}", override=True)
    day.hear(*given("Leo", "bo"))


def the_clock_has_taken_what_was_left_lying(
    day: Day, anna: Person, bo: Person, cleo: Person, lena: Person
) -> None:
    free = (Told("chat", "A lead is free to take", name) for name in ("Kim", "Jon"))
    day.hear(*free, Told("anna", "Not yours any more", "Kim"))
    assert "nothing more was done about it in time" in day.mail("anna", "Kim")
    for person, name in ((anna, "Kim"), (bo, "Jon")):
        status, refused = person.ask(f"/v1/leads/{day.leads[name]}/claim")
        assert (status, refused["code"]) == (409, "had_it"), refused
    bo.do("Kim", "claim")  # and does something at once: it would lapse again
    bo.do("Kim", "contact")
    day.hear(Told("chat", "Bo Dahl has taken a lead", "Kim"))
    bo.do("Kim", "lose", reason="was called too late")
    cleo.do("Jon", "claim")
    day.hear(Told("chat", "Cleo Park has taken a lead", "Jon"))

    day.hear(Told("managers", "a lead needs your decision (pool relay)", "Ida"))
    day.hear(Told("chat", "A lead is parked", "Ida"))
    lena.do("Ida", "assign", rep_id=f"anna{MARK}")
    day.hear(*given("Ida", "anna"))


def everything_is_closed(*people: Person) -> None:
    """In the evening nobody has a lead any more."""
    for person in people:
        listed = person.ask(f"/v1/reps/{person.name}{MARK}/leads", method="GET")[1]["leads"]
        for lead in listed:
            names = {lead_id: name for name, lead_id in person.day.leads.items()}
            if lead["status"] == "assigned":
                person.do(names[lead["lead_id"]], "accept")
            person.do(names[lead["lead_id"]], "lose", reason="the day is over")


def systems_hear_of_every_step_once(day: Day) -> None:
    """But of the first, when the lead is in no pool yet; each request is signed."""
    expected = sorted(
        (f"{record_id}:crm{MARK}", record_id, f"Lead{record['step'].capitalize()}")
        for name, lead_id in day.leads.items()
        for record in day.lead(name)["history"]
        if record["step"] != "captured"
        for record_id in [f"{lead_id}:{record['n']}"]
    )
    until(lambda: len(day.webhooks()) >= len(expected), day.webhooks)
    assert sorted(day.webhooks()) == expected


def the_books_are_right(day: Day) -> None:
    """The auditor finds nothing wrong with what the table holds of the day."""
    items = items_of(day.cloud.endpoint_url, day.stack.described["table"])
    ids = set(day.leads.values())
    ours = [i for i in items if MARK in i["pk"]["S"] or i["pk"]["S"].partition("#")[2] in ids]
    books = Books(ours)
    assert len(books.leads) == len(day.leads)
    assert set(books.entries) == {f"{pool}{MARK}" for pool in POOLS}
    assert problems(books, config_from(day.team, "team.yaml")) == []
