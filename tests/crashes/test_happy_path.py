"""The life of a lead in which nothing goes wrong, and everybody hears once."""

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


# The life of a lead, as (what happens, minutes later).
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


def live(world: Any) -> None:
    for step, minutes in LIFE:
        world.clock.turn(minutes=minutes)
        step(world)


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


def test_the_happy_path(world: Any, around: Any) -> None:
    apply_config(TEAM, around)
    live(world)
    check(world)
    assert mail_kinds(world) == ONCE_EACH
