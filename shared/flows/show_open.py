"""The leads of a pool that wait to be claimed, as whoever may claim them is to see them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.domain.conditions import Subject
from shared.domain.config import Config
from shared.domain.leads import Lead, Step
from shared.domain.moments import to_text
from shared.domain.pools import Claims
from shared.domain.rules import score_of
from shared.errors import NotFoundError
from shared.messages.card import Card, card, masked_card
from shared.store import config as config_store
from shared.store import leads as lead_store

LISTED_AT_ONCE = 100


def open_leads(
    pool_id: str, now: datetime, *, sees: Callable[[Lead], bool] = lambda _: True
) -> dict[str, Any]:
    """The open leads of a pool, oldest first, at most 100; `more` says whether there are more.

    Only those that the reader `sees`: what is offered to some is not for the others.

    Of a pool whose leads are taken unseen: only how many there are, and how old the oldest is, in
    seconds. NotFoundError: there is no such pool, and never was.
    """
    active = config_store.active()
    if pool_id not in active.known_pools:
        raise NotFoundError(f"there is no pool {pool_id!r}")
    pool = active.config.pools.get(pool_id)
    claims = pool.claims if pool else Claims()  # where the pool is gone, leads may be left
    place = f"open#{pool_id}"
    ids = lead_store.in_place(place, LISTED_AT_ONCE + 1)
    leads = lead_store.get_many(ids[:LISTED_AT_ONCE])
    # The index lags: who has moved on meanwhile is not shown where it no longer is.
    waiting = sorted((lead for lead in leads if lead.place == place and sees(lead)), key=_since)
    return {
        "pool_id": pool_id,
        "preview": claims.preview,
        "masked": claims.masked,
        "count": len(waiting),
        "more": len(ids) > LISTED_AT_ONCE,
        "oldest_age": int((now - _since(waiting[0])).total_seconds()) if waiting else None,
        "leads": [
            _view(lead, active.config, now, masked=claims.masked)
            for lead in waiting
            if claims.preview
        ],
    }


def _since(lead: Lead) -> datetime:
    return lead.latest(Step.OPENED).at


def _view(lead: Lead, config: Config, now: datetime, *, masked: bool) -> dict[str, Any]:
    opened = lead.latest(Step.OPENED)
    score = score_of(config, Subject(lead.source, lead.fields, at=now))
    return {
        "lead_id": lead.lead_id,
        "source": lead.source,
        "since": to_text(opened.at),
        "until": to_text(opened.until) if opened.until else None,
        "score": None if score is None else float(score),
        "offered_to": len(opened.offered),
        # Whom several are offered is nobody's yet, whatever the pool shows of the others.
        **_shown(masked_card(lead) if masked or lead.offered else card(lead)),
    }


def _shown(shown: Card) -> dict[str, str | None]:
    """What may be seen of the person; None where nothing is known."""
    names = ("name", "company", "email", "phone", "place", "product")
    return {name: getattr(shown, name) or None for name in names}
