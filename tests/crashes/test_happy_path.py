"""A process may die before or after any call; nothing is lost, nothing is done twice."""

from collections import Counter
from typing import Any

from shared.domain.leads import Status, Step
from shared.flows.apply_config import apply_config
from tests.audit import Books, problems
from tests.team import config

TEAM = config(
    {"anna": 1, "bo": 1},
    deadlines={"remind_after": ["5m"], "reclaim_after": "10m", "max_assignments": 3},
)
BODY = b'{"name": "Ada Byron", "email": "ada@example.com", "message": "A demo, please"}'


def captured(world: Any) -> None:
    answer = world.post(BODY, "key-1")
    assert answer["statusCode"] == 201


def press_newest_link(world: Any, owner: str) -> None:
    assert world.press_button(world.links(f"{owner}@example.com")[-1])["statusCode"] == 200


# The life of a lead, as (what happens, minutes later). Each step may be repeated from its
# beginning: the sender posts again, Lambda delivers again, the schedule fires again, the rep clicks
# again.
LIFE = [
    (captured, 0),
    (lambda world: world.route(), 0),
    (lambda world: world.alert(), 0),
    (lambda world: world.sweep(), 6),
    (lambda world: world.alert(), 0),
    (lambda world: world.sweep(), 5),
    (lambda world: world.route(), 0),
    (lambda world: world.alert(), 0),
    (lambda world: press_newest_link(world, "bo"), 1),
    (lambda world: world.alert(), 0),
]


def live(world: Any, survive: Any, death: Any) -> int:
    """Live the life; after a death, do the same step again. Answers how often the process died."""
    deaths = 0
    for step, minutes in LIFE:
        world.clock.turn(minutes=minutes)
        while not survive(lambda step=step: step(world)):
            deaths += 1
            death.arm(None)
            world.clock.turn(seconds=21)  # a sender's claim has ended by then
    return deaths


def check(world: Any) -> None:
    books = Books(world.items())
    assert problems(books, TEAM) == []
    (lead,) = books.leads
    assert lead.status is Status.ACCEPTED
    assert lead.owner == "bo"
    assert [change.step for change in lead.log] == [
        Step.CAPTURED,
        Step.ASSIGNED,
        Step.REMINDED,
        Step.RECLAIMED,
        Step.ASSIGNED,
        Step.ACCEPTED,
    ]


def mail_kinds(world: Any) -> Counter[tuple[str, bool]]:
    """Mails by receiver, and whether it is a reminder."""
    return Counter((mail["To"][0], mail["Subject"].startswith("Waiting")) for mail in world.mails())


ONCE_EACH = Counter(
    {("anna@example.com", False): 1, ("anna@example.com", True): 1, ("bo@example.com", False): 1}
)


def test_the_happy_path(world: Any, around: Any, survive: Any, death: Any) -> None:
    apply_config(TEAM, around)
    assert live(world, survive, death) == 0
    check(world)
    assert mail_kinds(world) == ONCE_EACH


def test_dying_anywhere(world: Any, around: Any, survive: Any, death: Any) -> None:
    """After each call of the happy path: the end is the same, and at most one mail came twice, when
    death fell between sending it and noting so.

    Before the next call is the same moment; before the first nothing has happened yet.
    """
    apply_config(TEAM, around)
    live(world, survive, death)  # what is read once per process is read now
    world.begin_again()
    apply_config(TEAM, around)
    death.arm(None)
    live(world, survive, death)
    calls = list(death.calls)
    assert len(calls) > 40
    for at, name in enumerate(calls, 1):
        world.begin_again()
        apply_config(TEAM, around)
        death.arm(at, after=True)
        died = live(world, survive, death)
        where = f"after call {at} of {len(calls)}, {name}"
        assert died == 1, where
        check(world)
        sent, expected = mail_kinds(world), ONCE_EACH
        assert expected - sent == Counter(), where
        doubled = (sent - expected).total()
        assert doubled == (1 if death.done == "SendEmail" else 0), where
