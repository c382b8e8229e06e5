"""A partner's posts and pings: leads that are sold, answered at once with outcome and price."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from shared.domain.caps import cap_uses, impossible, price_of
from shared.domain.config import ActiveConfig
from shared.domain.leads import Sale, Step
from shared.domain.moments import to_text as moment_to_text
from shared.domain.money import to_text
from shared.domain.outcomes import PartnerAnswer, partner_answer
from shared.domain.sources import Partner
from shared.errors import (
    FieldProblem,
    InvalidFieldsError,
    KeyInFlightError,
    StoreBusyError,
    UnreadableBodyError,
)
from shared.flows.capture_lead import (
    ATTEMPTS_AT_CAPS,
    Promise,
    Submission,
    capture_lead,
    release_pings,
    secret_hash,
    sender_key,
    standing_lead,
)
from shared.flows.doors.verifying import require_partner
from shared.flows.judging import fields_of, judge_ping
from shared.flows.persistently import persistently
from shared.sources.delivery import Delivery, Reported
from shared.sources.fingerprint import body_fingerprint
from shared.sources.flat import read_flat
from shared.sources.formats import format_of
from shared.sources.names import fold
from shared.store import leads as lead_store
from shared.store import pings
from shared.surroundings import Surroundings

PING_VALID_FOR = timedelta(minutes=2)

# Fields that steer the request and are no part of the lead, folded.
PING_FIELD = "pingid"
TEST_FIELDS = frozenset({"test", "istest", "testmode"})
_YES = frozenset({"1", "true", "yes", "y", "on", "test"})


@dataclass(frozen=True, slots=True)
class PingAnswer:
    """Whether a lead like this would be bought, for how much, and until when that holds."""

    outcome: str
    code: str
    reason: str
    price: str
    currency: str
    ping_id: str | None = None
    expires_at: str | None = None


# ── Posts ────────────────────────────────────────────────────────────────────────────────────────


def take_partner_post(
    active: ActiveConfig, partner_id: str, delivery: Delivery, key: str | None, around: Surroundings
) -> PartnerAnswer:
    """Buy a lead, or say why not; asked again with the same key, the same answer.

    UnauthorisedError, ForbiddenError: see `require_partner`. UnreadableBodyError,
    InvalidFieldsError: the request is wrong, and nothing is stored.
    """
    partner = require_partner(partner_id, active.config.partners.get(partner_id), delivery, "leads")
    named = f"partner#{partner_id}"
    reported, ping_token = steering_apart(read_report(partner, delivery), partner)
    request = _request_key(partner, delivery, key)
    submission = Submission(
        named, delivery, reported, key=sender_key(request, reported.external_id)
    )
    if ping_token:
        try:
            promise = _promise(active, partner_id, partner, reported, ping_token, around.now())
        except InvalidFieldsError:
            # The ping was right when the same post was stored.
            standing = standing_lead(active, submission, partner, around.now())
            if standing is None:
                raise
            return partner_answer(lead_store.get(standing), partner.currency)
        submission = replace(submission, promise=promise)
    captured = capture_lead(active, submission, aliases_of(partner), around)
    lead = captured.lead or lead_store.get(captured.lead_id)
    return partner_answer(lead, partner.currency)


def _request_key(partner: Partner, delivery: Delivery, key: str | None) -> str | None:
    """What the request is called. Of a signed one the id that was signed: nobody can renew it."""
    return delivery.headers.get("webhook-id") if partner.trust == "signature" else key


def read_report(partner: Partner, delivery: Delivery) -> Reported:
    """The one lead in a partner's request. UnreadableBodyError: there is none, or several."""
    if partner.format == "fields":
        return read_flat(delivery.content_type, delivery.body)
    reports: list[Reported] = format_of(partner.format).read(delivery, {})
    if len(reports) != 1:
        raise UnreadableBodyError("send one lead at a time: each has an answer of its own")
    return reports[0]


def aliases_of(partner: Partner) -> Mapping[str, list[str]]:
    """The names of fields: the partner's own before its format's."""
    if partner.format == "fields":
        return partner.aliases
    known = format_of(partner.format).ALIASES
    return {
        field: [*partner.aliases.get(field, ()), *known.get(field, ())]
        for field in {**partner.aliases, **known}
    }


def steering_apart(reported: Reported, partner: Partner) -> tuple[Reported, str]:
    """What is said of the lead, and the ping that it follows; with the partner's own id of it."""
    said, ping, external_id, test = {}, "", reported.external_id, reported.test
    for name, text in reported.said.items():
        folded = fold(name)
        if folded == PING_FIELD:
            ping = text
        elif folded in TEST_FIELDS:
            test = test or text.strip().lower() in _YES
        else:
            said[name] = text
            if folded == fold(partner.external_id):
                external_id = text or external_id
    return Reported(said, external_id, test, reported.numbers, reported.fetch), ping.strip()


# ── Pings ────────────────────────────────────────────────────────────────────────────────────────


def take_ping(
    active: ActiveConfig, partner_id: str, delivery: Delivery, key: str | None, around: Surroundings
) -> PingAnswer:
    """Promise a price for a lead to come, and hold its room in the caps; or say why not.

    Errors as for posts; InvalidFieldsError also when it says who the person is.
    """
    partner = require_partner(partner_id, active.config.partners.get(partner_id), delivery, "pings")
    if not partner.pings:
        raise InvalidFieldsError(
            [FieldProblem("(request)", "no pings are agreed with this partner; post the lead")]
        )
    named, now = f"partner#{partner_id}", around.now()
    request = _request_key(partner, delivery, key)
    reported, _ = steering_apart(read_report(partner, delivery), partner)
    judged = judge_ping(named, partner, reported, aliases_of(partner), now)
    if judged.step is Step.REJECTED:
        code, _, reason = (judged.reason or "").partition(": ")
        return _refused(partner, code, reason)
    price = price_of(partner, named, judged.fields)
    uses = cap_uses(active.config, partner_id, partner, judged.fields, price, now)
    if full := impossible(uses):
        return _cap_reached(partner, full.cap)
    caps = tuple((use.cap, use.period) for use in uses)
    ping = pings.Ping(
        ping_id=secret_hash(active, f"ping\n{named}\n{request}")[:32]
        if request
        else around.new_id(),
        partner=partner_id,
        fields=dict(judged.fields),
        sale=Sale(price, partner.currency, caps),
        ends_at=now + PING_VALID_FOR,
        body_hash=body_fingerprint(named, reported.said, key=active.pepper),
        unsaid=_unsaid(partner, reported, judged.fields),
    )
    if partner.mode == "test" or reported.test:
        return _promised(active, ping, "test", "a test; nothing is held and nothing is paid")

    def reserve() -> str | pings.Ping:
        return persistently(
            lambda: pings.reserve(ping, uses, now),
            around,
            (KeyInFlightError, StoreBusyError),
            attempts=ATTEMPTS_AT_CAPS,
        )

    standing = reserve()
    if isinstance(standing, str) and release_pings(active, named, around.now()):
        standing = reserve()
    if isinstance(standing, str):
        return _cap_reached(partner, standing)
    return _promised(active, standing, "accepted", "post the lead with this ping_id")


def _unsaid(partner: Partner, reported: Reported, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of a ping that only the partner's `defaults` say; the post may say them."""
    without: dict[str, Any] = {"defaults": {}, "required": [], "values": {}}
    bare = partner.model_copy(update=without)
    said = _flat(fields_of(bare, reported, aliases_of(partner), needs_contact=False))
    return tuple(name for name in _flat(fields) if name not in said)


def _refused(partner: Partner, code: str, reason: str) -> PingAnswer:
    return PingAnswer("failure", code, reason, to_text(0), partner.currency)


def _cap_reached(partner: Partner, cap: str) -> PingAnswer:
    return _refused(partner, "cap_reached", f"the cap {cap.rpartition('#')[2]!r} is full")


def _promised(active: ActiveConfig, ping: pings.Ping, code: str, reason: str) -> PingAnswer:
    return PingAnswer(
        outcome="success",
        code=code,
        reason=reason,
        price=to_text(ping.sale.price),
        currency=ping.sale.currency,
        ping_id=_signer(active).dumps([ping.ping_id, ping.partner]),
        expires_at=moment_to_text(ping.ends_at),
    )


def _signer(active: ActiveConfig) -> URLSafeSerializer:
    return URLSafeSerializer(active.pepper, salt="leadwheel.ping")


def _promise(
    active: ActiveConfig,
    partner_id: str,
    partner: Partner,
    reported: Reported,
    token: str,
    now: datetime,
) -> Promise:
    """What was promised; InvalidFieldsError: not to this partner, or not for this lead.

    What the post adds must neither change the price nor which caps count it: otherwise a ping that
    says little would be a way around both. Both are compared as the configuration says now, so
    that a change of it breaks no promise. Whether it still holds is for the transaction to say.
    """
    ping_id = _ping_of(active, partner_id, token)
    ping = pings.get(ping_id)
    if ping is None:
        return Promise(ping_id, Sale(0, partner.currency, ping=ping_id), stands=False)
    fields = fields_of(partner, reported, aliases_of(partner))
    problems = [
        FieldProblem(name, "is not what the ping said")
        for name in _differing(ping.fields, fields)
        if name not in ping.unsaid
    ]
    promised, due = (
        _terms(active, partner_id, partner, said, now) for said in (ping.fields, fields)
    )
    if promised != due and not problems:
        problems = [
            FieldProblem(name, "decides about price or caps, so the ping must say it too")
            for name in _differing(fields, ping.fields)
            if fold(name) in _deciding(active, partner)
        ]
    if problems:
        raise InvalidFieldsError(problems)
    sale = ping.sale
    promised_sale = Sale(sale.price, sale.currency, sale.caps, ping_id)
    return Promise(ping_id, promised_sale, stands=ping.stands(now))


def _terms(
    active: ActiveConfig,
    partner_id: str,
    partner: Partner,
    fields: Mapping[str, Any],
    now: datetime,
) -> tuple[int, frozenset[str]]:
    """What a lead like this costs, and the caps that count it."""
    price = price_of(partner, f"partner#{partner_id}", fields)
    uses = cap_uses(active.config, partner_id, partner, fields, price, now)
    return price, frozenset(use.cap for use in uses)


def _deciding(active: ActiveConfig, partner: Partner) -> frozenset[str]:
    """The fields that any price or cap of this partner looks at, as `fold` spells them."""
    group = active.config.groups.get(partner.group or "")
    whens = [
        *(rule.when for rule in partner.prices),
        *(cap.when for cap in (*partner.caps, *(group.caps if group else ()))),
    ]
    return frozenset(field for when in whens for field in when.asked_fields())


def _ping_of(active: ActiveConfig, partner_id: str, token: str) -> str:
    try:
        ping_id, partner = _signer(active).loads(token)
    except (BadSignature, ValueError, TypeError):
        ping_id, partner = "", None
    if partner != partner_id:
        raise InvalidFieldsError([FieldProblem("ping_id", "is none that you were given here")])
    return str(ping_id)


def _differing(promised: Mapping[str, Any], sent: Mapping[str, Any]) -> list[str]:
    """The fields of a ping that the post says otherwise, or not at all."""
    now = _flat(sent)
    return [name for name, value in _flat(promised).items() if now.get(name) != value]


def _flat(fields: Mapping[str, Any]) -> dict[str, str]:
    """Each field's text, those in `extra` beside the others; capitals do not count."""
    extra = fields.get("extra", {})
    return {
        name: str(value).casefold()
        for name, value in {**extra, **fields}.items()
        if name != "extra"
    }
