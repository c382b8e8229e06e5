"""What the API shows of decisions: why a lead is where it is. Loaded when somebody asks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shared.domain.access import Sight
from shared.domain.decision_record import Decision
from shared.domain.decisions import DECIDED, decision_of, to_json
from shared.domain.leads import Change, Lead
from shared.errors import NotFoundError
from shared.flows.show import sale_of, warnings_of
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store


def decision_view(
    lead_id: str, sight_of: Callable[[Lead], Sight] = lambda _: Sight.FULL
) -> dict[str, Any]:
    """Why the lead is where it is: the newest decision in full, the earlier ones in short.

    Without anybody's own words for who does not see whom the lead is about.
    """
    lead = lead_store.get(lead_id)
    decisions = [_decision(lead, change) for change in lead.log if change.step in DECIDED]
    if not decisions:
        raise NotFoundError(f"nothing has been decided about lead {lead_id} yet")
    masked = sight_of(lead) is not Sight.FULL
    if masked:
        decisions = [replace(decision, note=None) for decision in decisions]
    newest = to_json(decisions[-1])
    return {
        **newest,
        "warnings": [] if masked else warnings_of(lead),
        "sale": sale_of(lead),
        "earlier": [_in_short(decision) for decision in decisions[:-1]],
    }


def _decision(lead: Lead, change: Change) -> Decision:
    """The decision behind one record, as the configuration was then."""
    entry = routing_store.entry(change.pool or "", change.turn or 0)
    return decision_of(lead, change, entry, config_store.version(entry.config_version))


def _in_short(decision: Decision) -> dict[str, Any]:
    return {name: value for name, value in to_json(decision).items() if name != "candidates"}
