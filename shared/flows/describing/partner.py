"""A partner, described."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain.description import (
    Body,
    Code,
    Description,
    Exchange,
    Proof,
    ReturnTerms,
)
from shared.domain.outcomes import HELD, TEST
from shared.domain.personal import PERSONAL
from shared.domain.sources import Partner
from shared.domain.week import WEEKDAYS, Hours
from shared.flows.describing import requests
from shared.flows.describing.common import EXAMPLE_ID, in_common
from shared.flows.describing.fields import Values, as_sent, described_fields, sample_values
from shared.flows.describing.refusals import refusals_of
from shared.flows.doors.partner import aliases_of
from shared.sources.formats import format_of

_KEY = Proof("key", headers=("Authorization: Bearer …", "X-Api-Key: …"))
_SIGNATURE = Proof("signature", headers=("webhook-id", "webhook-timestamp", "webhook-signature"))

# Names under which `shared.sources.evidence` finds the parts of it.
EVIDENCE = (
    ("consent_text", "The words the person agreed to."),
    ("consent_version", "Which version of them."),
    ("consent_at", "When they agreed."),
    ("xxTrustedFormCertUrl", "The address of their TrustedForm certificate."),
    ("jornaya_lead_id", "Their Jornaya lead id."),
    ("ip_address", "From where they agreed."),
    ("user_agent", "With which browser."),
)


def described_partner(partner: Partner, partner_id: str, base: str, version: int) -> Description:
    """What whoever sells leads has to know."""
    asking = _Asking(partner, base)
    return Description(
        kind="partner",
        source_id=partner_id,
        name=partner.name or partner_id,
        version=version,
        platform="" if partner.format == "fields" else format_of(partner.format).TITLE,
        state=partner.mode,
        proof=asking.proof,
        fields=described_fields(partner, asking.aliases),
        post=asking.post(),
        refusals=refusals_of(partner),
        external_id=asking.external_id,
        hours=tuple(map(hours_line, partner.hours)),
        time_zone=partner.time_zone,
        ping=asking.ping() if partner.pings else None,
        returns=_returns(partner, base),
        evidence=EVIDENCE,
        **in_common(partner),
    )


class _Asking:
    """What can be asked of a partner's addresses, and how it is answered."""

    def __init__(self, partner: Partner, base: str) -> None:
        self.partner, self.base = partner, base
        self.aliases: Mapping[str, list[str]] = aliases_of(partner)
        self.proof = _KEY if partner.trust == "key" else _SIGNATURE
        self.values = sample_values(partner, needs_country=partner.pings)
        self.external_id = _own_id_of(partner)

    def post(self) -> Exchange:
        """A lead. The sample is a test: whoever tries it sells nobody."""
        answer = {
            "outcome": "success",
            "code": TEST,
            "reason": "a test; it goes to nobody and costs nothing",
            "lead_id": EXAMPLE_ID,
            "price": "0.00",
            "currency": self.partner.currency,
        }
        body = self._body({**self.values, self.external_id: "A-1001", "test": True})
        return self._exchange("leads", body, answer, tuple(_codes(self.partner)))

    def ping(self) -> Exchange:
        """The same lead, without a word of who it is."""
        answer = {
            "outcome": "success",
            "code": TEST,
            "reason": "a test; nothing is held and nothing is paid",
            "price": "10.00",
            "currency": self.partner.currency,
            "ping_id": "WyIwMWt0N3k1cTh2M205eDJj…",
            "expires_at": "2027-03-01T09:02:00.000Z",
        }
        told = {name: value for name, value in self.values.items() if name not in PERSONAL}
        codes = (
            Code(
                "success",
                "accepted",
                "A lead like this is bought for the price that the answer names.",
            ),
            Code("success", TEST, "The same for a test: nothing is held, nothing is bought."),
            *_refused(self.partner),
        )
        return self._exchange("pings", self._body({**told, "test": True}), answer, codes)

    def _body(self, values: Values) -> Body:
        if self.partner.format == "adf":
            return requests.adf_body(values)
        return requests.json_body(as_sent(values, self.aliases))

    def _exchange(
        self, path: str, body: Body, answer: Mapping[str, Any], codes: tuple[Code, ...]
    ) -> Exchange:
        address = f"{self.base}/{path}"
        samples = (
            requests.curl(address, body, self.proof),
            requests.python(address, body, self.proof),
        )
        return Exchange(address, samples, body, answer, codes, is_test=True)


def _own_id_of(partner: Partner) -> str:
    """The field of the partner's own lead id; ADF has an element for it, if nothing was agreed."""
    agreed = partner.external_id != Partner.model_fields["external_id"].default
    return partner.external_id if agreed or partner.format != "adf" else "id"


def _codes(partner: Partner) -> Iterator[Code]:
    yield Code("success", "accepted", "The lead is bought, for the price named here.")
    yield Code("success", HELD, "A person looks at it first, and may buy it then.")
    yield Code("success", TEST, "It can be read, and it was a test: it is not bought.")
    if partner.duplicates:
        yield Code("failure", "duplicate", "The same person came before.")
    if partner.pings:
        yield Code("failure", "ping_gone", "The ping was used already, or came too long ago.")
    yield from _refused(partner)


def _refused(partner: Partner) -> Iterator[Code]:
    """What leads and pings are refused for alike. Nobody learns here which screens or caps are."""
    yield Code("failure", "screened", "Leads like this one are not bought.")
    yield Code("failure", "cap_reached", "Enough has been bought for the time being.")
    if partner.hours:
        yield Code("failure", "outside_hours", "Nothing is bought at this hour.")
    yield Code("failure", "paused", "Nothing is bought until further notice.")


def _returns(partner: Partner, base: str) -> ReturnTerms | None:
    terms = partner.returns
    if terms.policy == "none":
        return None
    return ReturnTerms(
        address=f"{base}/leads/{{lead_id}}/returns",
        automatic=terms.policy == "automatic",
        within=terms.within,
        reasons=tuple(terms.reasons),
    )


# ── Hours ────────────────────────────────────────────────────────────────────────────────────────


def hours_line(hours: Hours) -> str:
    """`Mon–Fri 08:00–18:00`; `Sat 22:00–02:00 the next day`; `Sun` for all of it."""
    days = ", ".join(map(_run, _runs([n for n, day in enumerate(WEEKDAYS) if day in hours.days])))
    start, end = (time.strftime("%H:%M") for time in (hours.start, hours.end))
    if end == "00:00":
        return days if start == "00:00" else f"{days} {start}–24:00"
    next_day = " the next day" if hours.end <= hours.start else ""
    return f"{days} {start}–{end}{next_day}"


def _runs(days: list[int]) -> list[list[int]]:
    """Days of the week in runs without a gap."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _run(days: list[int]) -> str:
    names = [WEEKDAYS[day].capitalize() for day in days]
    return f"{names[0]}–{names[-1]}" if len(names) > 2 else ", ".join(names)
