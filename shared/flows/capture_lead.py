"""From one reported lead to one durable record: the same way for every door.

The doors (forms, partners, hooks) read and verify; what a lead is worth is judged here, and stored
in one transaction with all that it is recognised by.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.caps import CapUse, cap_uses, impossible, price_of
from shared.domain.config import ActiveConfig
from shared.domain.duplicates import marks
from shared.domain.hashes import keyed_hash
from shared.domain.leads import Change, Lead, Sale, Step, replay
from shared.domain.sources import Hook, Partner, Source
from shared.errors import (
    BodyTooLargeError,
    InvalidFieldsError,
    KeyInFlightError,
    LeadwheelError,
    NotFoundError,
    StoreBusyError,
    UnstorableError,
)
from shared.flows.judging import UNREADABLE, Judged, judge
from shared.flows.persistently import persistently
from shared.sources.delivery import Delivery, Reported
from shared.sources.evidence import consent_evidence
from shared.sources.fingerprint import body_fingerprint
from shared.store import capturing, pings
from shared.store.capturing import Capture, Guard, Kind, Meaning, Outcome, Raw
from shared.surroundings import Surroundings
from shared.telemetry import logger

SAME_BODY_WITHIN = timedelta(seconds=60)
# Platforms deliver again for hours, and nobody types the very same into a form there twice.
SAME_DELIVERY_WITHIN = timedelta(days=1)
SAME_KEY_WITHIN = timedelta(days=7)
RAW_KEPT = timedelta(days=30)
REJECTED_KEPT = timedelta(days=30)

# Leads of one partner meet at its caps. Each try is short, and a partner waits rather than asks
# again.
ATTEMPTS = 5
ATTEMPTS_AT_CAPS = 40


@dataclass(frozen=True, slots=True)
class Promise:
    """A ping that a lead makes use of: its caps count already, and its price stands.

    `stands`: it did a moment ago; whether it still does is for the transaction to say.
    """

    ping_id: str
    sale: Sale
    stands: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """One lead as it came through a door."""

    source: str  # "form#website"
    delivery: Delivery
    reported: Reported | None = None  # None: it could not be read
    unreadable: str = ""  # why
    part: int = 0  # which of the leads in the delivery, counted from 0
    leads: int = 1  # how many are in it
    key: str | None = None  # what its sender calls the request, or the lead: see `sender_key`
    promise: Promise | None = None
    part_of: tuple[str, int] | None = None  # the lead that stood for all of it, and its revision
    refused: bool = False  # its hook is paused: the same may be taken when it comes again


def sender_key(request: str | None, external_id: str | None) -> str | None:
    """What a sender calls the request, or else the lead; None: neither has a name.

    People number both from 1, so they are told apart.
    """
    if request:
        return f"request\n{request}"
    return f"lead\n{external_id}" if external_id else None


@dataclass(frozen=True, slots=True)
class Captured:
    """The lead that stands for a submission, and whether it stood before."""

    lead_id: str
    repeated: bool
    lead: Lead | None = None  # when it is new


def capture_lead(
    active: ActiveConfig,
    submission: Submission,
    aliases: Mapping[str, list[str]],
    around: Surroundings,
) -> Captured:
    """Store a submission as a lead, a duplicate, a rejection, or in quarantine.

    InvalidFieldsError: nothing was stored, the sender must act. KeyReusedError, KeyInFlightError,
    StoreBusyError, ConflictError: see `shared.store.capturing.capture`.
    """
    source = active.config.source(submission.source)
    if source is None:
        raise NotFoundError(f"there is no {submission.source.replace('#', ' ')}")
    now = around.now()
    try:
        judged = _judged(source, submission, aliases, now)
    except InvalidFieldsError:
        # The source may ask for more than it did when the same submission was stored.
        standing = standing_lead(active, submission, source, now)
        if standing is None:
            raise
        return Captured(standing, repeated=True)
    is_paused = isinstance(source, Hook) and source.paused and submission.part_of is None
    if is_paused and judged.step is Step.REJECTED:
        if standing := standing_lead(active, submission, source, now):
            return Captured(standing, repeated=True)
        submission = replace(submission, refused=True)
    return _Storing(active, source, submission, judged, around).run()


def _judged(
    source: Source, submission: Submission, aliases: Mapping[str, list[str]], now: datetime
) -> Judged:
    if submission.reported is None:
        return Judged(Step.QUARANTINED, f"{UNREADABLE}{submission.unreadable}")
    try:
        # A hook may be paused while it is mended; what was held until then is not lost by it.
        released = submission.part_of is not None
        # A promise stands beyond the hour at which its partner closes, or somebody pauses it.
        promised = submission.promise is not None and submission.promise.stands
        even_closed = released or promised
        return judge(
            submission.source, source, submission.reported, aliases, now, even_closed=even_closed
        )
    except LeadwheelError:
        raise
    except Exception as error:  # noqa: BLE001 (the last resort)
        # A mistake of ours must not cost a lead: browsers do not try again.
        logger.error("a submission broke capture", error_type=type(error).__name__)
        return Judged(Step.QUARANTINED, "defect: leadwheel failed to read it")


def standing_lead(
    active: ActiveConfig, submission: Submission, source: Source, now: datetime
) -> str | None:
    """The lead that stands for the same submission already, by its key or by what it says.

    KeyReusedError: the sender's key came before with another body.
    """
    return capturing.standing(repeat_guard(active, submission, source, now), now)


def repeat_guard(
    active: ActiveConfig, submission: Submission, source: Source, now: datetime
) -> Guard:
    """The sender's key, when there is one; else what was said is the key, for a short while."""
    body_hash = _body_hash(active, submission)
    # The real lead must not be taken for a test of it, nor for what came while its hook was paused.
    apart = ""
    if submission.reported is not None and submission.reported.test:
        apart = "test"
    elif submission.refused:
        apart = "refused"
    if submission.key is None:
        key = secret_hash(active, f"{apart}\n{body_hash}") if apart else body_hash
        return Guard(key, body_hash, now + _same_content_within(source))
    key = secret_hash(active, f"{apart or 'key'}\n{submission.source}\n{submission.key}")
    # A platform tells the same lead again in other words; the id is the platform's own.
    said = key if isinstance(source, Hook) else body_hash
    # What was held with others may be released again as long as its bytes are kept.
    return Guard(key, said, now + (RAW_KEPT if submission.part_of else SAME_KEY_WITHIN))


def repeat_guards(
    active: ActiveConfig, submission: Submission, source: Source, now: datetime
) -> tuple[Guard, ...]:
    """All that a request is known by: part of a delivery by its id, or what it says, and its place.

    Its sender, who may send the same by itself, knows nothing of the place.
    """
    guard = repeat_guard(active, submission, source, now)
    if submission.part_of is None or submission.reported is None:
        return (guard,)
    if submission.reported.external_id:
        return guard, place_guard(active, submission, source, now)
    return guard, repeat_guard(active, replace(submission, key=None), source, now)


def place_guard(
    active: ActiveConfig, submission: Submission, source: Source, now: datetime
) -> Guard:
    """What part of a delivery is known by for as long as the delivery's bytes are kept."""
    key = place_key(submission, source)
    return repeat_guard(active, replace(submission, key=key), source, now)


def place_key(submission: Submission, source: Source) -> str | None:
    """The key of part of a delivery: in it, its id; else its number in the list that is read.

    A manager may find that it was the wrong list: what has a number there is nothing in another.
    """
    whole, _ = submission.part_of or ("", 0)
    if submission.reported and submission.reported.external_id:
        return sender_key(None, f"{whole}/id/{submission.reported.external_id}")
    of_list = source.mapping.get("leads", "") if isinstance(source, Hook) else ""
    return sender_key(None, f"{whole}/{submission.part}{of_list}")


def _same_content_within(source: Source) -> timedelta:
    return SAME_DELIVERY_WITHIN if isinstance(source, Hook) else SAME_BODY_WITHIN


def _body_hash(active: ActiveConfig, submission: Submission) -> str:
    reported = submission.reported
    content = submission.delivery.body if reported is None else reported.said
    return body_fingerprint(submission.source, content, key=active.pepper)


def secret_hash(active: ActiveConfig, text: str) -> str:
    """A hash that nobody can test who does not know this table's own secret: fit for a key."""
    return hmac.new(active.pepper, text.encode(errors="replace"), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class _Storing:
    """One submission on its way into the table."""

    active: ActiveConfig
    source: Source
    submission: Submission
    judged: Judged
    around: Surroundings

    def run(self) -> Captured:
        """Store it; what no item can hold, as the bytes that it came in.

        BodyTooLargeError: a partner's, who can send less.
        """
        try:
            return self._run()
        except UnstorableError as error:
            if isinstance(self.source, Partner):
                raise BodyTooLargeError("the lead is too large to be kept; send less") from error
        self.judged = Judged(Step.QUARANTINED, "too_large: what was said is too much for a lead")
        return self._run()

    def _run(self) -> Captured:
        """Store it as judged; or, when the table says no, as what that makes of it."""
        new_id = self.around.new_id()
        change = Change(
            self.judged.step,
            self.around.now(),
            reason=self.judged.reason,
            keep=self.source.keep,
        )
        uses: tuple[CapUse, ...] = ()
        if self.judged.step is Step.CAPTURED and isinstance(self.source, Partner):
            sale, uses = self._sale(self.source)
            change = replace(change, sale=sale)
            if full := impossible(uses):
                change = cap_reached(change, full.cap)
        outcome = self._store(new_id, change, uses)
        if outcome.kind is Kind.CAP_REACHED and release_pings(
            self.active, self.submission.source, self.around.now()
        ):
            outcome = self._store(new_id, change, uses)
        if outcome.kind is Kind.CAP_REACHED:
            change = cap_reached(change, outcome.subject)
            outcome = self._store(new_id, change)
        elif outcome.kind is Kind.DUPLICATE:
            change = replace(change, step=Step.DUPLICATED, sale=None, first=outcome.subject)
            outcome = self._store(new_id, change)
        elif outcome.kind is Kind.PING_GONE:
            change = replace(
                change, step=Step.REJECTED, sale=None, reason="ping_gone: used, or too late"
            )
            outcome = self._store(new_id, change)
        if outcome.subject != new_id:
            return Captured(outcome.subject, repeated=True)
        return Captured(new_id, repeated=False, lead=self._lead(new_id, change))

    def _lead(self, lead_id: str, change: Change) -> Lead:
        return replay(lead_id, self.submission.source, self.judged.fields, [change])

    def _store(self, lead_id: str, change: Change, uses: tuple[CapUse, ...] = ()) -> Outcome:
        """Try until somebody's lead stands, or something stands in the way."""
        accepted = change.step is Step.CAPTURED

        def once() -> Outcome:
            now = self.around.now()
            guards = self._guards(now, accepted=accepted)
            capture = Capture(
                lead=self._lead(lead_id, replace(change, known_by=keys_of_persons(guards))),
                guards=guards,
                uses=uses if accepted and not self.submission.promise else (),
                raw=self._raw(change.step, now),
                consent=self._consent() if accepted else None,
                ping=self.submission.promise.ping_id
                if accepted and self.submission.promise
                else None,
                expires_at=kept_until(change, self.source, now),
                part_of=self.submission.part_of,
            )
            return capturing.capture(capture, now)

        attempts = ATTEMPTS_AT_CAPS if uses else ATTEMPTS
        return persistently(
            once, self.around, (KeyInFlightError, StoreBusyError), attempts=attempts
        )

    def _guards(self, now: datetime, *, accepted: bool) -> tuple[Guard, ...]:
        """What the lead is recognised by: its key, or what it says; and the person's marks."""
        submission, active = self.submission, self.active
        repeats = repeat_guards(active, submission, self.source, now)
        if not accepted:
            return repeats
        # They also know the same words, without a key, of what came with one a moment ago, or to a
        # release that stored no other guard.
        persons = person_guards(
            active,
            submission.source,
            self.judged.fields,
            submission.reported.external_id if submission.reported else None,
            body_hash=repeats[0].body_hash,
            repeats_within=timedelta(0) if submission.key else _same_content_within(self.source),
            now=now,
        )
        # The person's guards may be over sooner, become another lead's, or end when the person is
        # forgotten. The request's own stays, so that a retry is answered as the request was.
        return (*repeats, *persons)

    def _raw(self, step: Step, now: datetime) -> Raw | None:
        """The bytes of what is held. What only announces leads says nothing of anybody."""
        if step not in (Step.QUARANTINED, Step.ANNOUNCED):
            return None
        submission, delivery = self.submission, self.submission.delivery
        leads = 1 if step is Step.ANNOUNCED else submission.leads
        return Raw(delivery.body, delivery.content_type, now + RAW_KEPT, submission.part, leads)

    def _consent(self) -> dict[str, Any] | None:
        if self.submission.reported is None:
            return None
        return evidence_of(
            self.source, self.submission.delivery, self.submission.reported, self.judged.fields
        )

    def _sale(self, partner: Partner) -> tuple[Sale, tuple[CapUse, ...]]:
        """What the lead costs, and the caps that count it; those of a promise count it already."""
        if self.submission.promise:
            return self.submission.promise.sale, ()
        named, fields = self.submission.source, self.judged.fields
        return sale_of(self.active, named, partner, fields, self.around.now())


# ── What a lead brings with it, whether it is captured or released from quarantine ───────────────


def person_guards(
    active: ActiveConfig,
    named: str,
    fields: Mapping[str, Any],
    external_id: str | None,
    *,
    body_hash: str,
    repeats_within: timedelta,
    now: datetime,
) -> tuple[Guard, ...]:
    """What the person is recognised by, when they come again by whatever source."""
    return tuple(
        Guard(
            key=keyed_hash(active.pepper, f"person\n{mark.text}"),
            body_hash=body_hash,
            expires_at=now + timedelta(seconds=mark.within),
            meaning=Meaning.PERSON if mark.checked else Meaning.NOTED,
            repeats_within=repeats_within,
        )
        for mark in marks(active.config, named, fields, external_id)
    )


def keys_of_persons(guards: Iterable[Guard]) -> tuple[str, ...]:
    """The guards that end when the person is forgotten; that of the request stays."""
    return tuple(guard.key for guard in guards if guard.meaning is not Meaning.REPEAT)


def sale_of(
    active: ActiveConfig, named: str, partner: Partner, fields: Mapping[str, Any], now: datetime
) -> tuple[Sale, tuple[CapUse, ...]]:
    """What a partner's lead costs, and what it takes of each cap that counts it."""
    price = price_of(partner, named, fields)
    uses = cap_uses(active.config, named.partition("#")[2], partner, fields, price, now)
    caps = tuple((use.cap, use.period) for use in uses)
    return Sale(price, partner.currency, caps), uses


def cap_reached(change: Change, cap: str) -> Change:
    """The rejection that becomes of a lead for which a cap has no room."""
    name = cap.rpartition("#")[2]
    return replace(
        change, step=Step.REJECTED, sale=None, reason=f"cap_reached: the cap {name!r} is full"
    )


def kept_until(change: Change, source: Source, now: datetime) -> datetime | None:
    """Until when the record of a lead is kept that is not ours, or none at all; None: for ever."""
    not_bought = change.step is Step.DUPLICATED and isinstance(source, Partner)
    return now + REJECTED_KEPT if change.step is Step.REJECTED or not_bought else None


def release_pings(active: ActiveConfig, named: str, now: datetime) -> bool:
    """Give back what pings hold of a partner's caps whose time is over; whether there was any."""
    return sum(pings.release_due(partner, now) for partner in _sharing_caps(active, named)) > 0


def _sharing_caps(active: ActiveConfig, named: str) -> list[str]:
    """The partners whose pings may hold caps that this one shares: itself, and its group."""
    group = active.config.partners[named.partition("#")[2]].group
    return [
        partner_id
        for partner_id, partner in active.config.partners.items()
        if f"partner#{partner_id}" == named or (group and partner.group == group)
    ]


def evidence_of(
    source: Source, delivery: Delivery | None, reported: Reported, fields: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The evidence of a person's consent. Only a form's visitor speaks to us directly.

    `delivery`: None when nothing is known any more of the request but what it said.
    """
    terms = source.consent.model_dump(exclude_none=True) if source.consent else {}
    seen = {}
    if delivery and source.kind == "form":
        seen = {"ip": delivery.ip, "user_agent": delivery.user_agent}
    request = {name: text for name, text in seen.items() if text}
    return consent_evidence(reported.said, fields, terms=terms, request=request)
