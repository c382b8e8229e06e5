"""What a partner hears about a lead: read from the lead's first record, so always the same."""

from dataclasses import dataclass

from shared.domain.leads import Lead, Step
from shared.domain.money import to_text

TEST = "test"
HELD = "held"


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """`outcome` is success, or failure: a lead that is not bought, and should not be sent again."""

    outcome: str
    code: str
    reason: str
    lead_id: str
    price: str
    currency: str

    @property
    def created(self) -> bool:
        """Whether the lead is now ours."""
        return self.outcome == "success"


def partner_answer(lead: Lead, currency: str) -> PartnerAnswer:
    """The answer to whoever sent this lead, however often they ask."""
    first = lead.log[0]
    code, _, reason = (first.reason or "").partition(": ")
    sale = first.sale
    price = to_text(sale.price if sale else 0)
    paid_in = sale.currency if sale else currency
    match first.step:
        case Step.CAPTURED:
            outcome, code, reason = "success", "accepted", "the lead is bought"
        case Step.QUARANTINED:
            outcome, code, reason = "success", HELD, "the lead is held for a look by a person"
        case Step.DUPLICATED:
            outcome, code, reason = "failure", "duplicate", "the same person came before"
        case _ if code == TEST:
            outcome = "success"
        case _:
            outcome = "failure"
    return PartnerAnswer(outcome, code, reason, lead.lead_id, price, paid_in)
