"""Channels as configured: where people and systems hear of leads, beside e-mail."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from shared.domain.leads import Step
from shared.domain.notation import Id, Model, Seconds

MOST_NOTICES = 20

_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}", re.ASCII)
_VISIBLE = re.compile(r"[!-~]{1,2000}")

# Which further keys each kind has. The addresses of Slack and Teams let anybody post who knows
# them: they are secrets, and no part of the configuration.
_KEYS: dict[str, tuple[str, ...]] = {
    "slack": (),
    "teams": (),
    "webhook": ("url", "include_contact"),
    "sms": (),
    "push": (),
    "topic": ("topic_arn",),
}

RINGING = frozenset({"slack", "teams", "sms", "push"})  # kinds that people read, and that disturb

MAIL = "mail"  # what every rep has beside the channels of the configuration
# The changes of which a rep is mailed, who has the lead, had it until then, or is offered it.
MAILED = (
    Step.ASSIGNED,
    Step.REMINDED,
    Step.OPENED,
    Step.CLAIMED,
    Step.RECLAIMED,
    Step.LAPSED,
    Step.UNASSIGNED,
    Step.REROUTED,
    Step.RETURNED,
    Step.ERASED,
    Step.DUPLICATED,
)


class Channel(Model):
    """A way to tell somebody something."""

    kind: Literal["slack", "teams", "webhook", "sms", "push", "topic"]
    url: str | None = None  # of a webhook
    include_contact: bool = False  # a webhook hears all that is known of the person
    topic_arn: str | None = None

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        own = _KEYS[self.kind]
        for key in ("url", "topic_arn"):
            if key in own and getattr(self, key) is None:
                raise ValueError(f"{key}: is missing; a {self.kind} needs it")
        for key in ("url", "include_contact", "topic_arn"):
            if key not in own and getattr(self, key):
                raise ValueError(f"{key}: {_misplaced(self.kind, key)}")
        if self.url is not None and (problem := problem_of(self.url)):
            raise ValueError(f"url: {problem}")
        if self.topic_arn is not None and not _TOPIC.fullmatch(self.topic_arn):
            raise ValueError("topic_arn: must be as arn:aws:sns:eu-north-1:123456789012:sales")
        return self


def _misplaced(kind: str, key: str) -> str:
    if key == "url" and kind in ("slack", "teams"):
        return "is a secret, as whoever knows it can post; leadwheel secret channel#… url sets it"
    return f"a channel of the kind {kind} has none"


def problem_of(url: str) -> str | None:
    """Why nothing can be sent there; None: something can, unless it leads inside a network."""
    if not _VISIBLE.fullmatch(url):
        return "must be an address as https://example.com/hook, without spaces"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not host or parts.username is not None or parts.fragment:
        return "must be an address as https://example.com/hook, without a user's name or a #"
    if parts.scheme != "https" and host not in ("localhost", "127.0.0.1"):
        return "must begin with https://"
    return None


class Notice(Model):
    """Which changes of a lead go to a channel."""

    channel: Id
    on: Annotated[list[Step], Field(min_length=1)]


class Alert(Notice):
    """Which changes of their leads a rep hears of through a channel, and when.

    At once; `after` some time, if the lead still waits then; or only `when_fails` what should have
    told them: another channel of theirs, or `mail`.
    """

    after: Seconds | None = None
    when_fails: Id | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.after is not None and self.when_fails is not None:
            raise ValueError("after: goes with no when_fails: write one line for each")
        return self


Alerts = Annotated[list[Alert], Field(max_length=MOST_NOTICES)]
Notices = Annotated[list[Notice], Field(max_length=MOST_NOTICES)]
