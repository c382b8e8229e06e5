"""What a partner may sell in a period: caps, and what one lead takes of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.conditions import Subject
from shared.domain.config import Config
from shared.domain.matching import holds
from shared.domain.money import to_units
from shared.domain.period import Period
from shared.domain.shifts import is_within
from shared.domain.sources import Cap, Partner

NEAR = 80  # per cent


@dataclass(frozen=True, slots=True)
class CapUse:
    """What one lead takes of one cap: a lead, and its price, in the cap's present period."""

    owner: str  # "partner#acme", or "group#sellers"
    name: str
    period: str  # "2026-11-21", in the cap's time zone
    price: int  # ten-thousandths
    most_leads: int | None
    most_money: int | None  # ten-thousandths

    @property
    def cap(self) -> str:
        """The cap's name among all of them: `partner#acme#daily`."""
        return f"{self.owner}#{self.name}"

    @property
    def possible(self) -> bool:
        """Whether an unused cap would take it."""
        return self.most_leads != 0 and (self.most_money is None or self.price <= self.most_money)


def cap_uses(
    config: Config,
    partner_id: str,
    partner: Partner,
    fields: Mapping[str, Any],
    price: int,
    now: datetime,
) -> tuple[CapUse, ...]:
    """Every cap that counts a lead of this partner now: its own, then its group's."""
    source = f"partner#{partner_id}"
    subject = Subject(source, fields)
    caps = [(source, cap) for cap in partner.caps]
    if group := config.groups.get(partner.group or ""):
        caps += [(f"group#{partner.group}", cap) for cap in group.caps]
    return tuple(
        CapUse(
            owner=owner,
            name=cap.name,
            period=period_of(cap, now),
            price=price,
            most_leads=cap.leads,
            most_money=None if cap.money is None else to_units(cap.money),
        )
        for owner, cap in caps
        if holds(cap.when, subject) and is_within(cap.during, cap.time_zone, now)
    )


def period_of(cap: Cap, now: datetime) -> str:
    """The name of the period that `now` lies in, where the cap is.

    Hours carry their distance from UTC: when clocks go back, there are two of the same name.
    """
    local = now.astimezone(ZoneInfo(cap.time_zone))
    match cap.per:
        case Period.HOUR:
            return local.strftime("%Y-%m-%dT%H%z")
        case Period.DAY:
            return local.strftime("%Y-%m-%d")
        case Period.WEEK:
            return local.strftime("%G-W%V")
        case Period.MONTH:
            return local.strftime("%Y-%m")


def price_of(partner: Partner, source: str, fields: Mapping[str, Any]) -> int:
    """What a lead like this costs, in ten-thousandths of the partner's currency."""
    subject = Subject(source, fields)
    fitting = (rule.price for rule in partner.prices if holds(rule.when, subject))
    return to_units(next(fitting, partner.price))


def impossible(uses: Iterable[CapUse]) -> CapUse | None:
    """The first cap that would not even take the lead when unused."""
    return next((use for use in uses if not use.possible), None)


def level(used: int, most: int | None) -> str | None:
    """`near` from 80 % of a cap, `reached` from all of it; None below, or without one."""
    if most is None or used * 100 < most * NEAR:
        return None
    return "reached" if used >= most else "near"
