"""A partner takes a bad lead back: asked for, decided, and undone with all that it cost."""

from collections.abc import Callable
from dataclasses import replace

from shared.domain.config import ActiveConfig
from shared.domain.leads import Change, Lead, Step
from shared.domain.returns import Return, State, sale_to_reverse
from shared.errors import (
    ConflictError,
    IllegalTransitionError,
    NotFoundError,
    StoreBusyError,
)
from shared.flows.persistently import persistently
from shared.flows.refunds import ATTEMPTS, with_refund
from shared.store import leads as lead_store
from shared.store import returns as return_store
from shared.surroundings import Surroundings


def request_return(
    active: ActiveConfig,
    partner_id: str,
    lead_id: str,
    reason: str,
    note: str | None,
    around: Surroundings,
) -> Return:
    """Take a lead back, or put it before the managers, as agreed with its partner.

    A lead is returned once: asked again, for whatever reason, the answer is what stands.
    NotFoundError: it is no lead of this partner's. For the other reasons why not, see
    `sale_to_reverse`. ConflictError, StoreBusyError: others kept coming between; ask again.
    """
    terms = active.config.partners[partner_id].returns

    def once() -> Return:
        lead = _own_lead(partner_id, lead_id)
        if standing := return_store.get(lead_id):
            return standing
        now = around.now()
        sale = sale_to_reverse(lead, terms, reason, now)
        asked = Return(lead_id, partner_id, State.REQUESTED, reason, now, sale, note)
        if terms.policy == "automatic":
            return _take_back(lead, asked, f"partner#{partner_id}", around, new=True)
        return_store.request(asked)
        return asked

    return _until_settled(once, around)


def return_of(partner_id: str, lead_id: str) -> Return:
    """How the return of a partner's lead stands. NotFoundError: not theirs, or never returned."""
    _own_lead(partner_id, lead_id)
    return _standing(lead_id)


def approve_return(lead_id: str, around: Surroundings, by: str) -> Return:
    """Take back a lead whose return waits for it; again, and it is as it was.

    NotFoundError: nobody has asked for it. IllegalTransitionError: it was refused, or the lead is
    won by now. ConflictError, StoreBusyError: others kept coming between; ask again.
    """

    def once() -> Return:
        asked = _standing(lead_id)
        if asked.state is State.APPROVED:
            return asked
        if asked.state is State.REFUSED:
            raise IllegalTransitionError("the return was refused already")
        return _take_back(lead_store.get(lead_id), asked, by, around, new=False)

    return _until_settled(once, around)


def refuse_return(lead_id: str, why: str | None, around: Surroundings, by: str) -> Return:
    """Keep a lead whose return waits; `why` is for its partner. Again, and it is as it was.

    NotFoundError: nobody has asked for it. IllegalTransitionError: it was approved.
    StoreBusyError: the table did not answer.
    """

    def once() -> Return:
        asked = _standing(lead_id)
        if asked.state is State.REFUSED:
            return asked
        if asked.state is State.APPROVED:
            raise IllegalTransitionError("the lead has been taken back already")
        refused = replace(
            asked, state=State.REFUSED, decided_at=around.now(), by=by, why=why or None
        )
        return_store.refuse(refused)
        return refused

    return _until_settled(once, around)


def _until_settled(once: Callable[[], Return], around: Surroundings) -> Return:
    """Each try begins with what stands: so our own write, whose answer was lost, is found there."""

    def among_others() -> Return:
        return persistently(once, around, (ConflictError,), attempts=ATTEMPTS)

    # A table that does not answer takes its time to say so: whoever waits hears of it before long.
    return persistently(among_others, around, (StoreBusyError,))


def _own_lead(partner_id: str, lead_id: str) -> Lead:
    """The partner's lead; what others sold is as unknown to it as what nobody did."""
    unknown = NotFoundError("there is no lead with this id")
    try:
        lead = lead_store.get(lead_id)
    except NotFoundError:
        raise unknown from None
    if lead.source != f"partner#{partner_id}":
        raise unknown
    return lead


def _standing(lead_id: str) -> Return:
    standing = return_store.get(lead_id)
    if standing is None:
        raise NotFoundError("nobody has asked to return this lead")
    return standing


def _take_back(lead: Lead, asked: Return, by: str, around: Surroundings, *, new: bool) -> Return:
    """Undo the sale; and, where the pool says so, what the lead cost its rep."""
    now = around.now()
    returned = Change(Step.RETURNED, now, lead.owner, reason=asked.reason, by=by)
    change, entry = with_refund(lead, returned)
    approved = replace(asked, state=State.APPROVED, decided_at=now, by=by)
    return_store.approve(approved, lead, change, entry, around.new_id(), new=new)
    return approved
