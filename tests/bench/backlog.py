"""Leads as websites send them, and the team they are for."""

import random
from datetime import datetime, timedelta
from typing import Any

from shared.domain.config import Config
from shared.domain.ids import ENTROPY_BYTES, new_id
from shared.domain.leads import Change, Lead, Step, evolve, replay
from shared.sources.fields import normalise
from shared.store.codec import lead_to_item
from shared.surroundings import now

# Ten reps; the last gets ten times as many leads as the first.
WEIGHTS = {f"rep{n}": n for n in range(1, 11)}

_MESSAGE = (
    "We are replacing two packing lines in the spring and would like to see what you offer. Who"
    " can show us the machines, and what would delivery before April cost?"
)


def team() -> Config:
    """One pool of ten weighted reps, each with a holding and a daily limit."""
    return _TEAM


_TEAM = Config.model_validate(
    {
        "manager": {"name": "Maria Berg", "email": "maria@example.com"},
        "reps": {
            rep: {
                "name": rep.capitalize(),
                "email": f"{rep}@example.com",
                "time_zone": "Europe/Stockholm",
                "holding_limit": 100_000,
                "daily_limit": 100_000,
            }
            for rep in WEIGHTS
        },
        "pools": {"sales": {"members": WEIGHTS}},
        "rules": [{"name": "everything else", "pool": "sales"}],
        "forms": {"website": {}},
    }
)


def form_fields(number: int) -> dict[str, str]:
    """What one visitor sends: contact, wish and campaign; about 530 bytes as stored."""
    return {
        "name": f"Katarina Lindström {number:05d}",
        "email": f"katarina.lindstrom{number:05d}@verkstad.example",
        "phone": f"+46 70 174 {number % 10_000:04d}",
        "company": "Lindström Verkstad AB",
        "country": "SE",
        "product": "Packing line",
        "message": _MESSAGE,
        "consent": "yes",
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "spring-nordics",
        "page_url": "https://www.machines.example/packing",
    }


def new_leads(count: int) -> list[Lead]:
    """So many new leads, the same in every run but for the time they came in."""
    chance = random.Random(count)
    began = now()
    return [
        _new_lead(number, began + timedelta(milliseconds=number), chance) for number in range(count)
    ]


def _new_lead(number: int, at: datetime, chance: random.Random) -> Lead:
    fields = normalise(form_fields(number))
    lead_id = new_id(at, chance.randbytes(ENTROPY_BYTES))
    return replay(lead_id, "form#website", fields, [Change(Step.CAPTURED, at)])


def assigned(lead: Lead) -> Lead:
    """The same lead, given to the first rep."""
    deadlines = team().pools["sales"].deadlines.deadlines()
    change = Change(
        Step.ASSIGNED, lead.created_at, "rep1", "sales", "everything else", 1, deadlines
    )
    return evolve(lead, change)


def stored(lead: Lead) -> dict[str, Any]:
    """A lead as the table holds it, in DynamoDB's own JSON."""
    item: dict[str, Any] = lead_to_item(lead).serialize()
    return item
