"""Which assignments of a lead have been refunded, and which may be: its log says it."""

from shared.domain.leads import GIVING, Change, Lead, Step

# What may undo the cost of an assignment, where the pool lists it; then it names the ledger's turn.
REFUNDING = frozenset({Step.RETURNED, Step.DECLINED, Step.LAPSED, Step.RECLAIMED, Step.LOST})


def to_refund(lead: Lead) -> Change | None:
    """The record whose cost may be undone now; None: there is none, or it has been undone before.

    Only the newest assignment: who had the lead earlier has had their turn.
    """
    given = next((change for change in reversed(lead.log) if change.step in GIVING), None)
    return None if given is None or refund_of(lead, given) else given


def refund_of(lead: Lead, given: Change) -> Change | None:
    """The record that undid what an assignment cost; None: nothing did."""
    for change in lead.log[lead.log.index(given) + 1 :]:
        if change.step in GIVING:
            return None
        if change.step in REFUNDING and change.turn is not None:
            return change
    return None
