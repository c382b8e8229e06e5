"""A lead's change in a few lines, for where people read in passing: chats and phones.

Never how to reach the person: chats have readers and keepers that nobody here controls. Who may
know that finds it behind the link.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.languages import Language
from shared.domain.leads import Lead, Step
from shared.messages.card import NAME, Card, card, masked_card
from shared.messages.display import headline, one_line
from shared.messages.languages import phrase

_NAMES = ("name", "first_name", "last_name")

# What happened, to readers other than the rep it happened to.
TO_OTHERS: Mapping[Step, str] = {
    Step.CAPTURED: "A lead has come in",
    Step.QUARANTINED: "A lead is in quarantine",
    Step.ASSIGNED: "New lead for %(rep)s",
    Step.PARKED: "A lead is parked: nobody can take it now",
    Step.REMINDED: "A lead still waits for %(rep)s",
    Step.ACCEPTED: "%(rep)s has accepted a lead",
    Step.DECLINED: "%(rep)s has given a lead back",
    Step.RECLAIMED: "A lead was taken back from %(rep)s",
    Step.LAPSED: "A lead was taken back from %(rep)s",
    Step.ESCALATED: "A lead has waited too long with %(rep)s",
    Step.ATTEMPTED: "%(rep)s could not reach a lead",
    Step.CONTACTED: "%(rep)s has reached a lead",
    Step.NOTED: "%(rep)s has noted something about a lead",
    Step.SNOOZED: "%(rep)s has put a lead off",
    Step.CONVERTED: "%(rep)s has won a lead",
    Step.LOST: "%(rep)s has lost a lead",
    Step.DUPLICATED: "A lead has come in that was here before",
    Step.REJECTED: "A lead was turned down",
    Step.ANNOUNCED: "A lead is announced",
    Step.RELEASED: "A lead has left quarantine",
    Step.DISCARDED: "A lead in quarantine was discarded",
    Step.RETURNED: "A lead's seller has taken it back",
    Step.OPENED: "A lead is free to take",
    Step.CLAIMED: "%(rep)s has taken a lead",
    Step.PASSED: "A lead goes on to another pool",
    Step.UNASSIGNED: "A lead was taken from %(rep)s",
    Step.ENRICHED: "More is known of a lead",
    Step.REROUTED: "A lead goes to another pool, by what is known of it now",
    Step.ERASED: "All that was known of a person has been erased",
}
TO_THE_REP: Mapping[Step, str] = {
    Step.ASSIGNED: "New lead for you",
    Step.REMINDED: "A lead still waits for you",
    Step.RECLAIMED: "A lead is not yours any more: its time was up",
    Step.LAPSED: "A lead is not yours any more: its time was up",
    Step.UNASSIGNED: "A lead is not yours any more",
    Step.OPENED: "A lead is offered to you: the first to take it has it",
}
SOMEBODY = "a rep"
OPEN, TAKE = "Open your lead", "Take this lead"
LABELS = ("Name", "Company", "Product", "Place", "Source", "Pool")
FACT = "%(label)s: %(text)s"
BOTH = "%(name)s, %(product)s"
FOOT = "leadwheel, lead %(lead_id)s"


class Fact(NamedTuple):
    """Something that the lead says. `label` is what it is, with its colon: `Name:`."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What is told. Texts are cleaned, and still text: each channel escapes them in its own way."""

    headline: str
    in_one_line: str  # the headline, and whom it is about
    facts: tuple[Fact, ...]
    link: str  # "": none
    button: str  # what the link is called
    foot: str


def brief(
    lead: Lead,
    *,
    rep: str,
    pool: str,
    to_the_rep: bool,
    masked: bool,
    gone: bool = False,
    link: str = "",
    language: Language = Language.EN,
) -> Brief:
    """The lead's newest change, for who reads the language. `rep` is the name of whom it is about.

    `gone`: to the reader, whose lead it was; somebody else has been given it.
    `masked`: the reader is not shown who the person is. `link` is the rep's own, and only for where
    nobody else reads.
    """
    step = lead.log[-1].step
    theirs = TO_THE_REP.get(Step.UNASSIGNED if gone else step)
    told = (theirs if to_the_rep else None) or TO_OTHERS[step]
    named = headline(rep, NAME) or phrase(language, SOMEBODY)
    said = phrase(language, told) % {"rep": named}
    shown = masked_card(lead) if masked or not any(map(lead.fields.get, _NAMES)) else card(lead)
    return Brief(
        headline=said,
        in_one_line=_in_one_line(said, shown, language),
        facts=_facts(shown, pool, language),
        link=link,
        button=phrase(language, TAKE if step is Step.OPENED else OPEN),
        foot=phrase(language, FOOT) % {"lead_id": shown.lead_id},
    )


def _in_one_line(said: str, shown: Card, language: Language) -> str:
    about = shown.name or shown.product
    if shown.name and shown.product:
        about = phrase(language, BOTH) % {"name": shown.name, "product": shown.product}
    return phrase(language, FACT) % {"label": said, "text": about} if about else said


def _facts(shown: Card, pool: str, language: Language) -> tuple[Fact, ...]:
    texts = (shown.name, shown.company, shown.product, shown.place, shown.source)
    known = zip(LABELS, (*texts, one_line(pool, NAME)), strict=True)
    return tuple(Fact(_label(name, language), text) for name, text in known if text)


def _label(name: str, language: Language) -> str:
    return (phrase(language, FACT) % {"label": phrase(language, name), "text": ""}).strip()
