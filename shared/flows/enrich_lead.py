"""More is learnt of a lead after it came: its fields change, and sometimes its pool."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.config import ActiveConfig, Config
from shared.domain.deadlines import Action
from shared.domain.leads import TO_BE_ENRICHED, WAITING, Change, Lead, Status, Step
from shared.domain.pools import Strategy
from shared.domain.rules import route
from shared.errors import (
    ConflictError,
    FieldProblem,
    IllegalTransitionError,
    InvalidFieldsError,
    NotYoursError,
    StoreBusyError,
    UnstorableError,
)
from shared.flows.persistently import persistently
from shared.messages.display import one_line
from shared.sources.merging import changed, merged
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings

MOST_BYTES = 65_536  # of all fields together, as a form's or partner's body
MOST_NAMES = 20  # in one record of the log
MOST_OF_A_NAME = 60  # characters

# Why a lead is parked for good, whatever is learnt of it.
WHATEVER_IS_KNOWN = frozenset({"nobody_claimed", "out_of_time", "too_many_assignments"})


def enrich_lead(
    lead_id: str,
    said: Mapping[str, str],
    around: Surroundings,
    *,
    by: str,
    rep: str | None = None,
) -> Lead:
    """Merge these texts into a lead's fields; answers the lead after it. An empty one removes.

    The same again changes nothing. Where nobody has accepted the lead yet, and the rules name
    another pool than they did for what was known before, routing gives it anew; once in its life,
    so that no two systems can send a lead to and fro, and not where a manager has put it by hand. A
    lead that nobody was there for is tried again each time: more is known of it now.

    With `rep`, the lead must be this rep's when it is written.

    NotFoundError: no lead. InvalidFieldsError: fields are wrong, or too much altogether.
    NotYoursError: it is not `rep`'s. IllegalTransitionError: the lead is none to be worked on, or
    its log is full. ConflictError, StoreBusyError: try again.
    """

    def once() -> Lead:
        lead = lead_store.get(lead_id)
        if rep is not None and lead.owner != rep:
            raise NotYoursError("the lead belongs to somebody else by now, or to nobody")
        if lead.status not in TO_BE_ENRICHED:
            raise IllegalTransitionError(f"a lead that is {lead.status} is not worked on")
        active = config_store.active()
        source = active.config.source(lead.source)
        country = source.default_country if source else None
        fields = merged(lead.fields, said, default_country=country)
        names = changed(lead.fields, fields)
        if not names:
            return lead
        _require_room(lead.fields, fields)
        now = around.now()
        changes = [Change(Step.ENRICHED, now, names=_for_the_log(names), by=by)]
        if rule := _other_rule(active, lead, fields, now):
            changes.append(Change(Step.REROUTED, now, lead.owner, rule=rule, by=by))
        elif _is_worth_a_try(active.config, lead):
            # Without a rule: nothing has moved it, and something may still.
            pool_id = lead.pool if _is_where_a_hand_put_it(lead) else None
            changes.append(Change(Step.REROUTED, now, to=pool_id, by=by))
        try:
            return lead_store.change(lead, *changes, fields=fields)
        except UnstorableError as error:
            raise _too_large() from error

    return persistently(once, around, (ConflictError, StoreBusyError))


def _other_rule(
    active: ActiveConfig, lead: Lead, fields: Mapping[str, Any], now: datetime
) -> str | None:
    """The rule that sends the lead to another pool than before; None: it stays where it is."""
    if lead.status not in WAITING | {Status.ASSIGNED} or _was_rerouted(lead):
        return None
    if _is_where_a_hand_put_it(lead) or lead.then is Action.PARK:
        return None  # a manager has decided, or is to
    if lead.status is Status.NEW and not lead.passed_on:
        return None  # routing is about to ask the rules in any case
    before = route(active.config, lead.source, lead.fields, now)
    after = route(active.config, lead.source, fields, now)
    return after.rule if after.pool != before.pool else None


def _was_rerouted(lead: Lead) -> bool:
    """Whether its fields have moved it before; a manager's hand names no rule."""
    return any(change.step is Step.REROUTED and change.rule for change in lead.log)


def _is_where_a_hand_put_it(lead: Lead) -> bool:
    """Whether a manager has chosen its owner, or the pool that it is to stay in."""
    if lead.status is Status.ASSIGNED and lead.latest(Step.ASSIGNED).by is not None:
        return True
    sent = next((change for change in reversed(lead.log) if change.to), None)
    return lead.passed_on and sent is not None and sent.by is not None


def _is_worth_a_try(config: Config, lead: Lead) -> bool:
    """Whether it is stuck, and somebody may be there for it as it is known now."""
    if lead.status is not Status.PARKED:
        return False
    parked, pool = lead.latest(Step.PARKED), config.pools.get(lead.pool or "")
    by_hand = pool is not None and pool.strategy is Strategy.MANUAL
    return not (parked.retry or parked.reason in WHATEVER_IS_KNOWN or by_hand)


def _require_room(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A lead that came with more, from a platform, may keep it."""
    if _size(after) > max(MOST_BYTES, _size(before)):
        raise _too_large()


def _size(fields: Mapping[str, Any]) -> int:
    return len(json.dumps(fields, ensure_ascii=False).encode())


def _too_large() -> InvalidFieldsError:
    advice = f"a lead's fields must not be larger than {MOST_BYTES} bytes together"
    return InvalidFieldsError([FieldProblem("fields", advice)])


def _for_the_log(names: tuple[str, ...]) -> tuple[str, ...]:
    """Every write of the lead pays for its log."""
    shown = tuple(one_line(name, MOST_OF_A_NAME) for name in names[:MOST_NAMES])
    more = len(names) - len(shown)
    return (*shown, f"and {more} more") if more else shown
