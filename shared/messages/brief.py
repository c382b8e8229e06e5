"""A lead's change in a few lines, for where people read in passing: chats and phones.

Never how to reach the person: chats have readers and keepers that nobody here controls. Who may
know that finds it behind the link.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.leads import Lead, Step
from shared.messages.card import NAME, card, masked_card
from shared.messages.display import headline, one_line

_NAMES = ("name", "first_name", "last_name")

# What happened, to readers other than the rep it happened to.
_TO_OTHERS: Mapping[Step, str] = {
    Step.CAPTURED: "A lead has come in",
    Step.ASSIGNED: "New lead for {rep}",
    Step.PARKED: "A lead is parked: nobody can take it now",
    Step.REMINDED: "A lead still waits for {rep}",
    Step.ACCEPTED: "{rep} has accepted a lead",
    Step.DECLINED: "{rep} has given a lead back",
    Step.RECLAIMED: "A lead was taken back from {rep}",
    Step.LAPSED: "A lead was taken back from {rep}",
    Step.ESCALATED: "A lead has waited too long with {rep}",
    Step.ATTEMPTED: "{rep} could not reach a lead",
    Step.CONTACTED: "{rep} has reached a lead",
    Step.CONVERTED: "{rep} has won a lead",
    Step.LOST: "{rep} has lost a lead",
    Step.RETURNED: "A lead's seller has taken it back",
    Step.OPENED: "A lead is free to take",
    Step.CLAIMED: "{rep} has taken a lead",
    Step.UNASSIGNED: "A lead was taken from {rep}",
}
_TO_THE_REP: Mapping[Step, str] = {
    Step.ASSIGNED: "New lead for you",
    Step.REMINDED: "A lead still waits for you",
    Step.RECLAIMED: "A lead is not yours any more: its time was up",
    Step.LAPSED: "A lead is not yours any more: its time was up",
    Step.UNASSIGNED: "A lead is not yours any more",
    Step.OPENED: "A lead is offered to you: the first to accept has it",
}


@dataclass(frozen=True, slots=True)
class Brief:
    """What is told. Texts are cleaned, and still text: each channel escapes them in its own way."""

    headline: str
    facts: tuple[tuple[str, str], ...]  # what it is, and what it says
    link: str  # "": none
    foot: str


def brief(
    lead: Lead, *, rep: str, pool: str, to_the_rep: bool, masked: bool, link: str = ""
) -> Brief:
    """The lead's newest change. `rep` is the name of whom it is about.

    `masked`: the reader is not shown who the person is. `link` is the rep's own, and only for where
    nobody else reads.
    """
    step = lead.log[-1].step
    told = (_TO_THE_REP.get(step) if to_the_rep else None) or _TO_OTHERS.get(step)
    shown = masked_card(lead) if masked or not any(map(lead.fields.get, _NAMES)) else card(lead)
    facts = (
        ("Name", shown.name),
        ("Company", shown.company),
        ("Product", shown.product),
        ("Place", shown.place),
        ("Source", shown.source),
        ("Pool", one_line(pool, NAME)),
    )
    return Brief(
        headline=(told or f"A lead was {step}").format(rep=headline(rep, NAME) or "a rep"),
        facts=tuple((name, text) for name, text in facts if text),
        link=link,
        foot=f"leadwheel, lead {shown.lead_id}",
    )
