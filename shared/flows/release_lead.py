"""The ways out of quarantine: what was held is settled as a lead after all, or discarded.

A manager who releases a lead is trusted; what a platform says when it is asked for a lead that it
announced is judged like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.caps import CapUse, impossible
from shared.domain.config import ActiveConfig
from shared.domain.leads import MOST_FETCHES, Change, Lead, Step, evolve
from shared.domain.moments import to_text
from shared.domain.sources import Hook, Partner, Source
from shared.errors import (
    ConflictError,
    FieldProblem,
    IllegalTransitionError,
    InvalidFieldsError,
    KeyInFlightError,
    NotAllYetError,
    StoreBusyError,
    UnstorableError,
)
from shared.flows.capture_lead import (
    ATTEMPTS,
    ATTEMPTS_AT_CAPS,
    Submission,
    cap_reached,
    capture_lead,
    evidence_of,
    kept_until,
    keys_of_persons,
    person_guards,
    place_guard,
    place_key,
    release_pings,
    repeat_guard,
    repeat_guards,
    sale_of,
    sender_key,
)
from shared.flows.held import Held, corrected, held_in, was_unreadable
from shared.flows.judging import Judged, judge
from shared.flows.persistently import persistently
from shared.messages.display import one_line
from shared.sources.delivery import Delivery, Reported
from shared.sources.fingerprint import body_fingerprint
from shared.store import capturing
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.store import quarantine as quarantine_store
from shared.store.capturing import Guard, Kind, Meaning, Outcome
from shared.surroundings import Surroundings

NAMED_AT_MOST = 200  # characters of the names of corrected fields, in the lead's log


def release_lead(
    lead_id: str,
    corrections: Mapping[str, str],
    around: Surroundings,
    *,
    by: str | None,
    even_if_duplicate: bool = False,
    until: datetime | None = None,
) -> Lead:
    """Let a lead out of quarantine, read as the configuration says now; answers the lead after it.

    `corrections` are fields and their texts, which count before what was sent; an empty text takes
    a field away. A lead that its platform only announced is asked for again, unless corrected.
    `even_if_duplicate`: also when the same person came before. `until`: when to stop storing what
    else was in its delivery; None: never.

    NotFoundError: no lead. InvalidFieldsError: fields are missing or wrong. IllegalTransitionError:
    it is not in quarantine any more, or something else stands in the way that the message names.
    NotAllYetError: not all of its delivery is stored; the same again goes on. StoreBusyError: the
    table did not answer.
    """

    def once() -> Lead:
        lead = lead_store.get(lead_id)
        now = around.now()
        evolve(lead, Change(Step.RELEASED, now))  # whether the lead can make this step
        active = config_store.active()
        source = _source_of(active, lead)
        held = held_in(source, lead, now)
        # The lead stands for them until it leaves: whichever way that is, they come first.
        _capture_others(active, lead, held, around, until)
        reported = corrected(source, held, corrections)
        if reported.fetch and not corrections:
            return _announce_again(lead, now, by)
        return settle_lead(
            active,
            lead,
            reported,
            held.aliases,
            around,
            trusted=True,
            by=by,
            held=held,
            even_if_duplicate=even_if_duplicate,
            corrections=tuple(corrections),
        )

    return persistently(once, around, (ConflictError,))


def discard_lead(lead_id: str, reason: str | None, around: Surroundings, *, by: str | None) -> Lead:
    """Put a lead in quarantine aside for good; its record stays. Twice is once.

    IllegalTransitionError: it is not in quarantine any more.
    """

    def once() -> Lead:
        lead = lead_store.get(lead_id)
        if lead.log[-1].step is Step.DISCARDED:
            return lead
        return lead_store.change(lead, Change(Step.DISCARDED, around.now(), reason=reason, by=by))

    return persistently(once, around, (ConflictError, StoreBusyError))


def settle_lead(
    active: ActiveConfig,
    lead: Lead,
    reported: Reported,
    aliases: Mapping[str, list[str]],
    around: Surroundings,
    *,
    trusted: bool,
    by: str | None,
    held: Held | None = None,
    even_if_duplicate: bool = False,
    corrections: Sequence[str] = (),
) -> Lead:
    """Judge a lead in quarantine by what is known of it now, once; answers the lead after it.

    It is released, a duplicate, rejected, or in quarantine again with the reason. `trusted`: a
    manager releases it, so nothing that can be mended decides against it: InvalidFieldsError names
    what is missing or wrong, IllegalTransitionError what else stands in the way. `held`: what
    came, by which it is known when it comes again. `corrections` are the names of the fields that
    the manager gave.

    ConflictError: somebody else changed the lead first. KeyInFlightError, StoreBusyError: others
    kept writing the same items, or the table did not answer.
    """
    source = _source_of(active, lead)
    judged = _judged(source, lead, reported, aliases, around.now(), trusted=trusted)
    return _Settling(
        active=active,
        source=source,
        lead=lead,
        reported=reported,
        judged=judged,
        around=around,
        trusted=trusted,
        by=by,
        held=held,
        even_if_duplicate=even_if_duplicate,
        corrections=corrections,
    ).run()


def _source_of(active: ActiveConfig, lead: Lead) -> Source:
    source = active.config.source(lead.source)
    if source is None:
        raise IllegalTransitionError(
            f"{lead.source} is not in the configuration any more, so nobody knows how to read what"
            " it sent; configure it again, or discard the lead"
        )
    return source


def _announce_again(lead: Lead, now: datetime, by: str | None) -> Lead:
    """Let its platform be asked for the lead once more; not for ever, as a log grows by each."""
    asked = sum(change.step is Step.ANNOUNCED for change in lead.log)
    if asked >= 2 * MOST_FETCHES:
        raise IllegalTransitionError(
            f"its platform was asked {asked} times; give the lead's fields, or discard it"
        )
    reason = "announced: its platform is asked again"
    return lead_store.change(lead, Change(Step.ANNOUNCED, now, reason=reason, by=by))


def _capture_others(
    active: ActiveConfig, lead: Lead, held: Held, around: Surroundings, until: datetime | None
) -> None:
    """Store what else was in a delivery that could not be read when it came, and can be now.

    The lead stands for all of it only until it is released. Each of the others has a key, so that
    they are stored once if this is broken off and tried again, which goes on where it stopped; and
    none of them once the lead is erased, as then somebody of them is forgotten.

    ConflictError: somebody changed the lead first. NotAllYetError: `until` came before all were
    stored.
    """
    if held.delivery is None or not held.others:
        return
    source = _source_of(active, lead)
    missing = _not_stored_yet(active, source, lead, held, held.delivery, around.now())
    stored = len(held.others) - len(missing)
    for number, submission in enumerate(missing, stored):
        if until and around.now() >= until:
            raise NotAllYetError(
                f"{number} of the {len(held.others) + 1} leads in this delivery are stored; there"
                " was no time for more: release it again, and it goes on from there"
            )
        captured = capture_lead(active, submission, held.aliases, around)
        if captured.repeated:  # what it is known by may be over before the next release
            now = around.now()
            place = place_guard(active, submission, source, now)
            capturing.note_standing(place, captured.lead_id, now)


def _not_stored_yet(
    active: ActiveConfig,
    source: Source,
    lead: Lead,
    held: Held,
    delivery: Delivery,
    now: datetime,
) -> list[Submission]:
    """The others of a delivery, but for those that stand already: asking costs less than trying.

    The lead stands for itself also where its delivery tells it twice.
    """
    own = {guard.key for guard in _own_guards(active, source, lead, held, now)}
    places = {}
    for part, reported in held.others.items():
        submission = Submission(
            lead.source,
            delivery,
            reported,
            part=part,
            leads=len(held.others) + 1,
            part_of=(lead.lead_id, lead.rev),
        )
        key = sender_key(None, reported.external_id) or place_key(submission, source)
        submission = replace(submission, key=key)
        if own.isdisjoint(guard.key for guard in repeat_guards(active, submission, source, now)):
            places[place_guard(active, submission, source, now)] = submission
    stored = capturing.standing_among(places, now)
    return [submission for guard, submission in places.items() if guard.key not in stored]


def _own_guards(
    active: ActiveConfig, source: Source, lead: Lead, held: Held | None, now: datetime
) -> tuple[Guard, ...]:
    """What the lead's door knows it by when it comes again, now that it can be read.

    Nothing for what could be read when it came: that has its guard.
    """
    if not (isinstance(source, Hook) and was_unreadable(lead)):
        return ()
    if held is None or held.delivery is None or held.reported is None:
        return ()
    key = sender_key(None, held.reported.external_id)
    submission = Submission(lead.source, held.delivery, held.reported, key=key)
    return (repeat_guard(active, submission, source, now),)


# ── Judging and storing ──────────────────────────────────────────────────────────────────────────


def _judged(
    source: Source,
    lead: Lead,
    reported: Reported,
    aliases: Mapping[str, list[str]],
    now: datetime,
    *,
    trusted: bool,
) -> Judged:
    try:
        judged = judge(
            lead.source, source, reported, aliases, now, trusted=trusted, even_closed=True
        )
    except InvalidFieldsError as error:
        if trusted:
            raise
        judged = Judged(Step.QUARANTINED, f"invalid_fields: {error}")
    if trusted and judged.step is Step.REJECTED and not reported.test:
        # Rejected is for good, and this can be mended.
        raise IllegalTransitionError(
            f"{lead.source} is in test mode, so its leads go to nobody; set it live, or discard"
            " the lead"
        )
    if judged.step is Step.QUARANTINED and not judged.fields:
        # What a platform said when it was asked is nowhere else.
        judged = replace(judged, fields={"extra": dict(reported.said)})
    return judged


@dataclass(slots=True)
class _Settling:
    """One lead on its way out of quarantine."""

    active: ActiveConfig
    source: Source
    lead: Lead
    reported: Reported
    judged: Judged
    around: Surroundings
    trusted: bool
    by: str | None
    held: Held | None
    even_if_duplicate: bool
    corrections: Sequence[str]

    def run(self) -> Lead:
        """Settle it as judged; or, when the table says no, as what that makes of it."""
        change, uses = self._change()
        if full := impossible(uses):
            outcome = Outcome(Kind.CAP_REACHED, full.cap)
        else:
            outcome = self._store(change, uses)
            if outcome.kind is Kind.CAP_REACHED and release_pings(
                self.active, self.lead.source, self.around.now()
            ):
                outcome = self._store(change, uses)
        if outcome.kind is not Kind.STORED:
            change = self._instead(change, outcome)
            self._store(change)
        return evolve(replace(self.lead, fields=self.judged.fields), change)

    def _change(self) -> tuple[Change, tuple[CapUse, ...]]:
        """The record of what was judged, and the caps that count the lead."""
        now = self.around.now()
        change = Change(self.judged.step, now, reason=self.judged.reason, by=self.by)
        if self.judged.step is not Step.CAPTURED:
            return change, ()
        known_by = keys_of_persons(self._persons(now))
        change = replace(change, step=Step.RELEASED, reason=self._remarks(), known_by=known_by)
        if not isinstance(self.source, Partner):
            return change, ()
        fields = self.judged.fields
        sale, uses = sale_of(self.active, self.lead.source, self.source, fields, now)
        return replace(change, sale=sale), uses

    def _remarks(self) -> str | None:
        """What was special about a release: for whoever reads the log."""
        remarks = [self.judged.reason] if self.judged.reason else []
        if self.corrections:
            remarks.append(f"corrected: {one_line(', '.join(self.corrections), NAMED_AT_MOST)}")
        if self.even_if_duplicate:
            remarks.append("whether the person came before did not matter")
        return "; ".join(remarks) or None

    def _instead(self, change: Change, outcome: Outcome) -> Change:
        """What becomes of a lead in whose way something stands. A manager is asked instead."""
        if outcome.kind is Kind.CAP_REACHED:
            if self.trusted:
                raise IllegalTransitionError(
                    f"the cap {outcome.subject!r} is full; release the lead when it counts anew,"
                    " raise the cap, or discard the lead"
                )
            return cap_reached(replace(change, known_by=()), outcome.subject)
        if self.trusted:
            what = "lead" if outcome.kind is Kind.STANDING else "person"
            raise IllegalTransitionError(
                f"this {what} came before as lead {outcome.subject}; discard the lead, or release"
                " it with duplicates allowed (even_if_duplicate)"
            )
        return replace(change, step=Step.DUPLICATED, sale=None, first=outcome.subject, known_by=())

    def _store(self, change: Change, uses: tuple[CapUse, ...] = ()) -> Outcome:
        """Try until it is known what became of it."""
        now, attempt = self.around.now(), self.around.new_id()
        accepted = change.step is Step.RELEASED
        guards = self._guards(now) if accepted else ()
        consent = self._consent(now) if accepted else None

        def once() -> Outcome:
            return quarantine_store.settle(
                self.lead,
                change,
                self.judged.fields,
                guards,
                uses,
                consent,
                now,
                attempt=attempt,
                expires_at=kept_until(change, self.source, now),
            )

        attempts = ATTEMPTS_AT_CAPS if uses else ATTEMPTS
        busy = (KeyInFlightError, StoreBusyError)
        try:
            return persistently(once, self.around, busy, attempts=attempts)
        except UnstorableError as error:
            if not self.trusted:
                raise
            raise InvalidFieldsError(
                [FieldProblem("(body)", "is too large for one lead; shorten what is long")]
            ) from error

    def _guards(self, now: datetime) -> tuple[Guard, ...]:
        """What the lead and its person are recognised by from now on."""
        own = _own_guards(self.active, self.source, self.lead, self.held, now)
        guards = (*own, *self._persons(now))
        if self.even_if_duplicate:
            return tuple(replace(guard, meaning=Meaning.NOTED) for guard in guards)
        return guards

    def _persons(self, now: datetime) -> tuple[Guard, ...]:
        named, reported = self.lead.source, self.reported
        return person_guards(
            self.active,
            named,
            self.judged.fields,
            reported.external_id,
            body_hash=body_fingerprint(named, reported.said, key=self.active.pepper),
            repeats_within=timedelta(0),
            now=now,
        )

    def _consent(self, now: datetime) -> dict[str, Any] | None:
        """The evidence of the person's consent, and how much of it only came to be now."""
        evidence = evidence_of(self.source, None, self.reported, self.judged.fields)
        if evidence is None:
            return None
        later: dict[str, Any] = {}
        if self.corrections:
            later["given_by_manager"] = sorted(self.corrections)
        if self.source.consent:
            later["terms_as_of"] = to_text(now)
        return {**evidence, **later}
