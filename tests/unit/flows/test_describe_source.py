"""What a source's specification says, from the configuration alone."""

import json
import re
from datetime import UTC, datetime, time
from typing import Any

import pytest

from shared.domain.sources import Hook
from shared.domain.week import Hours
from shared.errors import InvalidFieldsError, NotFoundError
from shared.flows.describe_source import describe_source
from shared.flows.describing.fields import described_fields
from shared.flows.describing.hook import FLAT, takes_key
from shared.flows.describing.partner import EVIDENCE, hours_line
from shared.flows.doors.hook import aliases_of as hook_aliases
from shared.flows.judging import fields_of
from shared.http import DEFECT, PROBLEMS
from shared.messages.spec_page import spec_page
from shared.openapi.of_source import source_document
from shared.sources.delivery import Delivery
from shared.sources.evidence import consent_evidence
from shared.sources.fields import normalise
from shared.sources.formats import FORMATS, adf, format_of
from shared.sources.meanings import MEANINGS
from shared.sources.names import FIELDS
from tests.sellers import SECRETS, selling

URL = "https://leads.example.com"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVERY = [named for named, _ in selling().config.sources()]


def described(named: str, **partner: Any) -> Any:
    return describe_source(selling(**partner), named, URL)


def field_of(named: str, name: str, **partner: Any) -> Any:
    return next(field for field in described(named, **partner).fields if field.name == name)


# ── What it keeps to itself ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("named", [name for name in EVERY if name != "partner#rival"])
def test_nothing_is_said_of_prices_caps_screens_groups_or_other_sources(named: str) -> None:
    spec = described(named)
    for text in (repr(spec), spec_page(spec), json.dumps(source_document(spec))):
        for secret in SECRETS:
            assert secret not in text, secret
        assert "47.11" not in text


@pytest.mark.parametrize("named", ["partner#nobody", "form#nobody", "hook#nobody", "rep#anna", ""])
def test_a_source_that_is_not_there_is_not_found(named: str) -> None:
    with pytest.raises(NotFoundError):
        described(named)


# ── Fields ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_required_goes_first() -> None:
    required = [field.required for field in described("partner#acme").fields]
    assert required == sorted(required, reverse=True)
    assert sum(required) == 3


def test_a_field_says_what_it_may_be_what_it_is_by_default_and_what_else_it_is_called() -> None:
    assert field_of("partner#acme", "budget").values == ("low", "high")
    assert field_of("partner#acme", "budget").aliases == ("max_price",)
    assert field_of("partner#acme", "country").default == "SE"
    assert field_of("partner#acme", "phone").aliases == ("mobil",)  # MOBIL is the same name
    assert "SE" in field_of("partner#acme", "phone").meaning


def test_a_name_that_the_source_means_otherwise_is_told_by_another() -> None:
    """Where `name` is what the source calls the message, it is no name for the name."""
    swapped = {"message": ["name"], "name": ["who"]}
    fields = {f.name for f in described("partner#acme", aliases=swapped).fields}
    assert "who" in fields
    assert "name" not in fields
    sample = described("partner#acme", aliases=swapped).post.body.members
    assert sample["who"] == "Ada Example"
    assert "name" not in sample


def test_every_field_of_a_lead_has_a_meaning() -> None:
    assert tuple(MEANINGS) == FIELDS


@pytest.mark.parametrize("name", FIELDS)
def test_a_limit_that_is_told_is_the_one_that_holds(name: str) -> None:
    most = next(f.most for f in described("partner#plain").fields if f.name == name)
    said = {"email": "ada@example.com", "phone": "+442079460018"}
    if most is None:
        normalise({**said, name: "x" * 20_000})
        return
    if name not in ("email", "phone"):
        normalise({**said, name: "x" * most})
    with pytest.raises(InvalidFieldsError, match=f"longer than {most} "):
        normalise({**said, name: "x" * (most + 1)})


def test_who_asks_for_an_email_address_asks_for_no_phone_number() -> None:
    assert described("partner#acme").needs_contact
    assert not described("partner#acme", required=["email"]).needs_contact


@pytest.mark.parametrize("name", [name for name, _ in EVIDENCE])
def test_each_name_for_evidence_of_consent_is_one_that_is_kept(name: str) -> None:
    url = "https://cert.trustedform.com/0123"
    said = {name: url, "Jornaya Lead ID": url}
    kept = consent_evidence(said, {"consent": True}, terms={}, request={})
    assert list((kept or {}).values()).count(url) == (1 if name == "jornaya_lead_id" else 2)


# ── Samples ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("named", ["partner#acme", "partner#signing", "partner#plain"])
def test_the_sample_has_what_is_required_and_only_allowed_values(named: str) -> None:
    spec = described(named)
    sample = spec.post.body.members
    for field in spec.fields:
        assert not field.required or sample[field.name]
        assert not field.values or sample.get(field.name, field.values[0]) in field.values
    assert sample["test"] is True


def test_the_sample_in_adf_reads_back_as_the_same_lead() -> None:
    partner = selling().config.partners["adf"]
    body = described("partner#adf").post.body
    delivery = Delivery(body.text.encode(), NOW, headers={"content-type": body.content_type})
    (read,) = adf.read(delivery, {})
    fields = fields_of(partner, read, adf.ALIASES)
    flat = described("partner#acme").post.body.members
    extra = fields.pop("extra")
    assert {name: flat[name] for name in fields} == fields
    assert extra == {"budget": "low", "test": "true"}
    assert read.external_id == flat["external_id"]


def test_the_sample_of_a_mapped_hook_has_each_field_where_the_mapping_looks() -> None:
    hook = selling().config.hooks["mapped"]
    text = described("hook#mapped").post.body.text
    (read,) = format_of("generic").read(Delivery(text.encode(), NOW), hook.mapping)
    fields = fields_of(hook, read, {})
    assert fields["name"] == "Ada Example"
    assert fields["email"] == "ada@example.com"
    assert fields["phone"] == "+442079460018"
    assert read.external_id == "A-1001"
    assert json.loads(text)["data"]["items"][0]["answers"] == [{"value": "ada@example.com"}]


@pytest.mark.parametrize("name", FORMATS)
def test_a_hook_has_a_sample_when_its_format_reads_plain_fields_and_takes_a_key(name: str) -> None:
    hook = Hook.model_validate({"format": name, "required": ["name"]})
    body = json.dumps({"name": "Ada Example", "email": "ada@example.com"}).encode()
    delivery = Delivery(body, NOW, headers={"content-type": "application/json"})
    try:
        (read,) = format_of(name).read(delivery, {})
        reads = normalise(read.said, aliases=hook_aliases(hook))["email"] == "ada@example.com"
    except Exception:  # noqa: BLE001 (whatever it is, it is no lead)
        reads = False
    can_be_tried = reads and takes_key(format_of(name).SCHEME)
    assert can_be_tried == (name in FLAT | {"generic"})


# ── The rest ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("named", EVERY)
def test_each_refusal_is_a_problem_that_is_answered(named: str) -> None:
    known = {(status, kind) for status, kind, _ in (*PROBLEMS.values(), DEFECT)} | {(429, "")}
    refusals = {(refusal.status, refusal.kind) for refusal in described(named).refusals}
    assert refusals <= known


def test_what_was_not_agreed_is_not_offered() -> None:
    plain = described("partner#plain")
    assert (plain.ping, plain.returns, plain.hours, plain.recognition) == (None, None, (), None)
    codes = {code.code for code in plain.post.codes}
    assert not codes & {"duplicate", "ping_gone", "outside_hours"}
    agreed = {code.code for code in described("partner#acme").post.codes}
    assert {"duplicate", "ping_gone", "outside_hours"} <= agreed


def test_a_hook_says_how_its_platform_proves_itself() -> None:
    meta, google = described("hook#meta").proof, described("hook#google").proof
    assert (meta.by, meta.headers, meta.handshake) == ("platform", ("X-Hub-Signature-256",), True)
    assert (google.by, google.headers, google.handshake) == ("platform", (), False)
    assert described("hook#plugin").proof.by == "shared_key"
    assert described("hook#open").proof.by == "nothing"


def test_a_hook_says_which_of_the_platforms_fields_become_which() -> None:
    assert ("name", ("full_name",)) in described("hook#meta").places
    assert ("name", ("/first", "/last")) in described("hook#mapped").places
    assert [field.name for field in described("hook#plugin").fields] == ["name"]


def test_every_address_lies_under_the_public_one() -> None:
    for named in EVERY:
        assert described(named).post.address.startswith(f"{URL}/v1/")
    assert described("partner#acme").ping.address == f"{URL}/v1/partners/acme/pings"


@pytest.mark.parametrize(
    ("days", "start", "end", "line"),
    [
        (["mon", "tue", "wed"], time(8), time(18), "Mon–Wed 08:00–18:00"),
        (["mon", "wed", "thu"], time(8), time(0), "Mon, Wed, Thu 08:00–24:00"),
        (["sun"], time(0), time(0), "Sun"),
        (["fri", "sat"], time(22), time(2), "Fri, Sat 22:00–02:00 the next day"),
        (["sun", "mon", "tue", "thu"], time(8), time(9), "Mon, Tue, Thu, Sun 08:00–09:00"),
    ],
)
def test_hours_read_as_people_write_them(days: Any, start: time, end: time, line: str) -> None:
    assert hours_line(Hours(days=days, start=start, end=end)) == line


def test_the_forms_page_asks_for_each_field_once() -> None:
    (page,) = [s.text for s in described("form#website").post.samples if s.language == "HTML"]
    names = re.findall(r'name="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert {"name", "consent", "email", "fax_number", "started_at", "redirect_to"} <= set(names)
    assert described_fields(selling().config.forms["website"], {})[0].name == "name"
