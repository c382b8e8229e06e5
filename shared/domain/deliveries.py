"""Deliveries: what goes out by other channels than e-mail, tried again until it has arrived.

A delivery names what it is about and holds nothing of it: the message is made when it is sent. Its
id follows from that, is the same at each attempt, and tells a receiver what it has had already.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# How long after each attempt that failed the next one is due: for three days in all. The sweep,
# which looks once a minute, starts them.
DELAYS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    *(timedelta(hours=6),) * 11,
)
MOST_ATTEMPTS = len(DELAYS) + 1
CLOCKS_APART = timedelta(minutes=1)  # at most
JITTER = 0.1  # of a delay, at most: those that failed together do not come back together


class State(StrEnum):
    """What has become of a delivery."""

    WAITING = "waiting"
    SENT = "sent"
    NEEDLESS = "needless"  # what it would have said was not so any more
    DEAD = "dead"  # given up; somebody may let it be tried again


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message about one change of a lead, through one channel."""

    lead_id: str
    n: int  # the change's number in the lead's log
    channel: str
    rep: str | None = None  # whom it is for; None: the channel is a pool's
    state: State = State.WAITING
    attempts: int = 0  # that have begun
    due_at: datetime | None = None  # when the next one may
    code: str | None = None  # why the latest one failed
    died_at: datetime | None = None

    @property
    def id(self) -> str:
        """`<lead>:<n>:<channel>`, and behind it `:<rep>`: no id has a colon in it."""
        return ":".join(filter(None, (self.lead_id, str(self.n), self.channel, self.rep)))

    def may_begin(self, now: datetime) -> bool:
        """Whether it is time for an attempt; for the first one, whoever's clock is slow."""
        latest = now + CLOCKS_APART if self.attempts == 0 else now
        due = self.due_at is not None and self.due_at <= latest
        return self.state is State.WAITING and due


def next_at(delivery: Delivery, now: datetime, chance: float) -> datetime:
    """When the attempt after the one that begins now is due, if that fails or dies.

    `chance` is in [0, 1). Never sooner than an attempt takes: so two are never under way at once.
    """
    delay = DELAYS[min(delivery.attempts, len(DELAYS) - 1)]
    return now + delay * (1 + JITTER * chance)
