"""Returns: a partner takes a bad lead back, where that was agreed and while it is not too late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.leads import Change, Lead, Sale, Step, evolve
from shared.domain.money import to_text
from shared.domain.sources import Returns
from shared.errors import (
    FieldProblem,
    ForbiddenError,
    IllegalTransitionError,
    InvalidFieldsError,
)


class State(StrEnum):
    """How far a return is; approved and refused are for good."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Return:
    """A lead's return; a lead has one at most."""

    lead_id: str
    partner: str  # its id
    state: State
    reason: str  # one of the partner's list
    at: datetime  # when it was asked for
    sale: Sale  # what is reversed
    note: str | None = None  # the partner's own words; they may be personal
    decided_at: datetime | None = None
    by: str | None = None  # who decided
    why: str | None = None  # it was refused, in the manager's words

    @property
    def given_back(self) -> str:
        """The money that the partner gives back: nothing, before somebody has said so."""
        return to_text(self.sale.price if self.state is State.APPROVED else 0)


@dataclass(frozen=True, slots=True)
class ReturnAnswer:
    """What the partner hears: `failure` is a return that was refused, and need not be repeated."""

    outcome: str
    status: str
    code: str  # the reason, as their list names it
    reason: str
    lead_id: str
    price: str  # what is given back
    currency: str


def return_answer(standing: Return) -> ReturnAnswer:
    """The answer to whoever returns this lead, however often they ask."""
    match standing.state:
        case State.APPROVED:
            reason = "the lead is taken back, and its price with it"
        case State.REQUESTED:
            reason = "a person decides about it; ask again later"
        case State.REFUSED:
            reason = f"refused: {standing.why}" if standing.why else "refused"
    return ReturnAnswer(
        outcome="failure" if standing.state is State.REFUSED else "success",
        status=standing.state,
        code=standing.reason,
        reason=reason,
        lead_id=standing.lead_id,
        price=standing.given_back,
        currency=standing.sale.currency,
    )


def sale_to_reverse(lead: Lead, terms: Returns, reason: str, now: datetime) -> Sale:
    """What a return of this lead reverses, for this reason, at this time; or why it cannot be.

    ForbiddenError: no returns are agreed. InvalidFieldsError: the reason is none of the list.
    IllegalTransitionError: the lead was not bought, or is won, or it is too late.
    """
    if terms.policy == "none":
        raise ForbiddenError("no returns are agreed with this partner")
    if reason not in terms.reasons:
        raise InvalidFieldsError(
            [FieldProblem("reason", f"must be one of: {', '.join(terms.reasons)}")]
        )
    sold = _sold(lead)
    if sold is None or sold.sale is None:
        raise IllegalTransitionError("the lead was not bought, so there is nothing to return")
    evolve(lead, Change(Step.RETURNED, now))  # whether the lead can make this step
    if now > sold.at + timedelta(seconds=terms.within):
        raise IllegalTransitionError(
            f"the time to return the lead is over: it was {_spoken(terms.within)}"
        )
    return sold.sale


def _sold(lead: Lead) -> Change | None:
    """The record that bought the lead; None: nobody did."""
    steps = (Step.CAPTURED, Step.RELEASED)
    return next((change for change in lead.log if change.sale and change.step in steps), None)


def _spoken(seconds: int) -> str:
    """A time as people write it in the configuration: `14d`, `36h`."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
