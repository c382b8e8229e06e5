"""The mail in the morning: what waits for a rep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shared.domain.config import Rep
from shared.domain.languages import Language
from shared.domain.leads import Lead
from shared.messages.card import Card, card, masked_card
from shared.messages.display import headline
from shared.messages.mail import Mail, subject_of
from shared.messages.rendering import render, render_line, render_text
from shared.messages.times import Until, until_as_seen

MOST = 20  # leads of each kind that are shown


@dataclass(frozen=True, slots=True)
class Row:
    """A lead of a rep's, and where they find it; `until` its time is up, or it is put off."""

    lead: Lead
    url: str
    accept_url: str = ""  # of one that waits to be accepted
    until: datetime | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """What waits for a rep today."""

    to_accept: Sequence[Row] = ()
    to_reach: Sequence[Row] = ()  # accepted, and nobody has reached the person yet
    again_today: Sequence[Row] = ()  # put off until some time today, or on their days off before
    to_take: Sequence[tuple[str, int]] = ()  # by pool, how many leads the rep may take

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.own or self.open)

    @property
    def own(self) -> int:
        """How many of their own leads wait."""
        return len(self.to_accept) + len(self.to_reach) + len(self.again_today)

    @property
    def open(self) -> int:
        """How many leads they may take."""
        return sum(number for _, number in self.to_take)


class _Shown(NamedTuple):
    lead: Card
    url: str
    accept_url: str
    until: Until | None


class _Part(NamedTuple):
    """Some of the leads, and how many more there are."""

    rows: list[_Shown]
    more: int


def digest_mail(digest: Digest, rep: Rep, *, now: datetime, all_url: str) -> Mail:
    """The mail that lists what waits for a rep; `all_url` is where all their leads are."""
    language = rep.language or Language.EN

    def part(rows: Sequence[Row]) -> _Part:
        shown = [_shown(row, rep, now) for row in rows[:MOST]]
        return _Part(shown, len(rows) - len(shown))

    values: dict[str, object] = {
        "rep": headline(rep.name, 80),
        "own": digest.own,
        "open": digest.open,
        "to_accept": part(digest.to_accept),
        "to_reach": part(digest.to_reach),
        "again_today": part(digest.again_today),
        "to_take": list(digest.to_take),
        "all_url": all_url,
    }
    subject = subject_of(render_line("digest_mail.subject.txt", language, **values))
    return Mail(
        subject=subject,
        text=render_text("digest_mail.txt", language, **values),
        html=render("digest_mail.html", language, subject=subject, **values),
    )


def _shown(row: Row, rep: Rep, now: datetime) -> _Shown:
    known = masked_card(row.lead) if row.masked else card(row.lead)
    until = until_as_seen(row.until, rep.time_zone, now) if row.until else None
    return _Shown(known, row.url, row.accept_url, until)
