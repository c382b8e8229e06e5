"""What was sent and could not be read or trusted: its bytes, and its one way out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist

from shared.domain.caps import CapUse
from shared.domain.leads import Change, Lead, evolve
from shared.errors import ConflictError
from shared.store.capturing import (
    Capture,
    Guard,
    Kind,
    Outcome,
    Raw,
    lead_refused,
    refusal,
    write,
)
from shared.store.faults import CancelledError, translated
from shared.store.table import RawItem, lead_key


def raw_of(lead_id: str) -> Raw | None:
    """What a quarantined submission said, byte by byte; None when nothing is kept.

    It may be there for days after its time: look at `expires_at`.
    """
    with translated():
        try:
            item = RawItem.get(lead_key(lead_id), "raw", consistent_read=True)
        except DoesNotExist:
            return None
    expires_at = datetime.fromtimestamp(item.expires_at or 0, UTC)
    part = int(item.part or 0)
    return Raw(item.raw, item.content_type, expires_at, part, int(item.leads or part + 1))


def settle(
    lead: Lead,
    change: Change,
    fields: Mapping[str, Any],
    guards: tuple[Guard, ...],
    uses: tuple[CapUse, ...],
    consent: dict[str, Any] | None,
    now: datetime,
    *,
    attempt: str,
    expires_at: datetime | None = None,
) -> Outcome:
    """Make one change to a lead in quarantine, with the fields it has from now on and all it needs.

    STORED; or STANDING with the lead that it is already, DUPLICATE with the first lead, or
    CAP_REACHED with the cap: then nothing is written.
    `attempt` is an id of this very change: asked again with all the same arguments, it is made once
    and answered the same, whatever became of the first answer. `expires_at`: until when the record
    is kept, if not for ever.

    ConflictError: somebody else changed the lead first. KeyInFlightError, StoreBusyError: as
    `shared.store.capturing.capture` says; ask again. UnstorableError: it is too large.
    """
    after = evolve(replace(lead, fields=fields), change)
    wanted = Capture(after, guards, uses, consent=consent, expires_at=expires_at)
    try:
        # Whoever comes second finds another revision: so nothing is ever released twice.
        write(wanted, lead.rev, now, attempt)
    except CancelledError as cancelled:
        moved = ConflictError("somebody else changed the lead first")
        if lead_refused(cancelled, wanted):
            raise moved from cancelled
        outcome = refusal(cancelled, wanted, now)
        if outcome == (Kind.STANDING, lead.lead_id):
            raise moved from cancelled  # the guard names this very lead: somebody released it
        return outcome
    return Outcome(Kind.STORED, lead.lead_id)
