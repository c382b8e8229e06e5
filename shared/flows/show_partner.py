"""What a partner is agreed to sell, and how much of it has been sold."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.domain.caps import level, period_of
from shared.domain.config import ActiveConfig
from shared.domain.money import to_text, to_units
from shared.domain.shifts import is_within
from shared.domain.sources import Cap, Partner
from shared.errors import NotFoundError
from shared.store import caps as cap_store
from shared.store.caps import Count


def partner_view(active: ActiveConfig, partner_id: str, now: datetime) -> dict[str, Any]:
    """A partner's state, with each cap that counts its leads: its own, then its group's.

    Money is decimal text. NotFoundError: there is no such partner.
    """
    partner = active.config.partners.get(partner_id)
    if partner is None:
        raise NotFoundError(f"there is no partner {partner_id!r}")
    caps = list(_caps(active, partner_id, partner))
    counts = cap_store.counts(
        (f"{owner}#{cap.name}", period_of(cap, now)) for owner, cap, _ in caps
    )
    return {
        "partner_id": partner_id,
        "name": partner.name,
        "group": partner.group,
        "mode": partner.mode,
        "buying_now": partner.mode == "live" and is_within(partner.hours, partner.time_zone, now),
        "price": to_text(to_units(partner.price)),
        "prices": [
            {"when": rule.when.model_dump(mode="json"), "price": to_text(to_units(rule.price))}
            for rule in partner.prices
        ],
        "currency": partner.currency,
        "pings": partner.pings,
        "returns": {
            "policy": partner.returns.policy,
            "within": partner.returns.within,
            "reasons": partner.returns.reasons,
        },
        "caps": [_cap_view(owner, cap, currency, counts, now) for owner, cap, currency in caps],
    }


def _caps(
    active: ActiveConfig, partner_id: str, partner: Partner
) -> Iterator[tuple[str, Cap, str]]:
    """Each cap, after its owner, and the currency that it counts."""
    for cap in partner.caps:
        yield f"partner#{partner_id}", cap, partner.currency
    if group := active.config.groups.get(partner.group or ""):
        for cap in group.caps:
            yield f"group#{partner.group}", cap, group.currency


def _cap_view(
    owner: str,
    cap: Cap,
    currency: str,
    counts: Mapping[tuple[str, str], Count],
    now: datetime,
) -> dict[str, Any]:
    """A cap in its present period; `share` is how much of it is used, 1 being all."""
    period = period_of(cap, now)
    count = counts.get((f"{owner}#{cap.name}", period), Count())
    most_money = None if cap.money is None else to_units(cap.money)
    shares = [_share(count.leads, cap.leads), _share(count.money, most_money)]
    levels = {level(count.leads, cap.leads), level(count.money, most_money)}
    return {
        "cap": cap.name,
        "owner": owner,
        "per": cap.per,
        "period": period,
        "time_zone": cap.time_zone,
        "when": cap.when.model_dump(mode="json"),
        "counts_now": is_within(cap.during, cap.time_zone, now),
        "leads": count.leads,
        "most_leads": cap.leads,
        "money": to_text(count.money),
        "most_money": None if most_money is None else to_text(most_money),
        "currency": currency,
        "share": max(share for share in shares if share is not None),
        "level": next((name for name in ("reached", "near") if name in levels), None),
    }


def _share(used: int, most: int | None) -> float | None:
    """The used part of what there is at most; of nothing, all is used. None: there is no most."""
    if most is None:
        return None
    return round(used / most, 4) if most else 1.0
