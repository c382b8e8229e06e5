"""Tell managers and systems when a cap is nearly full, and when it is."""

from functools import partial
from typing import Any

from shared.domain.money import to_text
from shared.flows.alert_once import send_once
from shared.messages import senders, topic
from shared.messages.senders import Event
from shared.store import alerts as alert_store
from shared.store.alerts import Alert
from shared.store.images import CapCount
from shared.surroundings import Surroundings

_RANK = {None: 0, "near": 1, "reached": 2}


def alert_of_cap(before: CapCount | None, now: CapCount, around: Surroundings) -> None:
    """Tell the level that a change of the count has risen to, once in a period.

    Errors as of `send_once`.
    """
    # Raised or lowered meanwhile, it is another cap: then wherever it stands now is news.
    told = before.level if before and _limits(before) == _limits(now) else None
    if _RANK[now.level] <= _RANK[told]:
        return
    if now.level == "near" and alert_store.sent(_alert(now, "reached")):
        return  # it was full, and is filling up again: that is no news
    messages = {"topic": partial(_tell_managers, now), "event": partial(_put_event, now)}
    send_once(_alert(now, now.level or ""), messages, around)


def _alert(count: CapCount, level: str) -> Alert:
    return alert_store.of_cap(count.cap, count.period, level, _limits(count))


def _limits(count: CapCount) -> str:
    """How much the cap allows, as `100/-`: raised or lowered, its levels are told anew."""
    most = (count.most_leads, _amount(count.most_money))
    return "/".join("-" if limit is None else str(limit) for limit in most)


def _tell_managers(count: CapCount) -> None:
    subject, text = topic.cap_notice(
        owner=count.owner,
        cap=count.name,
        period=count.period,
        level=count.level or "",
        leads=(count.leads, count.most_leads),
        money=(to_text(count.money), _amount(count.most_money)),
    )
    senders.tell_managers(subject, text)


def _put_event(count: CapCount) -> None:
    senders.put_events([Event(f"Cap{(count.level or '').capitalize()}", cap_detail(count))])


def cap_detail(count: CapCount) -> dict[str, Any]:
    """A cap's count as an event; money as decimal text, in the currency of the cap's owner."""
    return {
        "id": f"{count.cap}:{count.period}:{count.level}:{_limits(count)}",
        "owner": count.owner,
        "cap": count.name,
        "period": count.period,
        "level": count.level,
        "leads": count.leads,
        "most_leads": count.most_leads,
        "money": to_text(count.money),
        "most_money": _amount(count.most_money),
    }


def _amount(units: int | None) -> str | None:
    return None if units is None else to_text(units)
