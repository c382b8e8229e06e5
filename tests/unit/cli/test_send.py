"""What `leadwheel send` sends, and says of the answer."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.testing import CliRunner

from infra.api import Api, Encoding
from infra.cli import doors, handshake, send
from infra.cli.doors import Ids
from infra.cli.follow import members, what_came
from infra.cli.made_up import generic_sample
from infra.cli.main import app
from infra.cli.posts import Post, as_json, as_xml, hook_post, partner_post
from infra.cli.stack import Stack
from infra.web import Answer
from shared.domain.sources import Hook, Partner
from shared.errors import ForbiddenError, LeadwheelError
from shared.sources.delivery import Delivery
from shared.sources.flat import read_flat
from shared.sources.formats import FORMATS, challenge_answer, format_of, generic
from shared.sources.signatures import SHARED_KEY, STANDARD_WEBHOOKS
from shared.surroundings import now
from tests import team


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, what was said, what was complained about."""
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


class _Form(BaseHTTPRequestHandler):
    """A website's form that keeps what it got; its server has `answer` and `got`."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Content-Type"], body))  # type: ignore[attr-defined]
        status, headers, answer = self.server.answer  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def form() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Form)
    server.got = []  # type: ignore[attr-defined]
    server.answer = (201, {}, b'{"lead_id": "01abc", "status": "received"}')  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(form: HTTPServer) -> Api:
    return Api(f"http://127.0.0.1:{form.server_port}", lambda: "token")


@pytest.mark.parametrize(
    ("encoding", "content_type", "body"),
    [
        (Encoding.JSON, "application/json", b'{"a b": "\\u00e5&"}'),
        (Encoding.FORM, "application/x-www-form-urlencoded", b"a+b=%C3%A5%26"),
    ],
)
def test_fields_travel_as_forms_write_them(
    form: HTTPServer, api: Api, encoding: Encoding, content_type: str, body: bytes
) -> None:
    api.submit("web site", {"a b": "å&"}, encoding)
    assert form.got == [("/v1/forms/web%20site/leads", content_type, body)]  # type: ignore[attr-defined]


def test_multipart_is_what_our_own_reader_reads(form: HTTPServer, api: Api) -> None:
    from shared.sources.body import read_body

    api.submit("website", {"a": "å b", 'say "x"': "1"}, Encoding.MULTIPART)
    ((_, content_type, body),) = form.got  # type: ignore[attr-defined]
    assert dict(read_body(content_type, body)) == {"a": "å b", 'say "x"': "1"}


def test_a_redirect_is_an_answer_not_followed(form: HTTPServer, api: Api) -> None:
    form.answer = (303, {"Location": "http://127.0.0.1:1/thanks"}, b"")  # type: ignore[attr-defined]
    answer = api.submit("website", {})
    assert (answer.status, answer.headers["location"]) == (303, "http://127.0.0.1:1/thanks")


def test_a_refused_lead_is_told_field_by_field(
    form: HTTPServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    form.answer = (  # type: ignore[attr-defined]
        422,
        {},
        b'{"title": "no", "errors": [{"field": "email", "message": "must be one"}]}',
    )
    monkeypatch.setattr(send, "find_stack", lambda _: send_stack(api))
    status, _, complained = run("send", "--email", "x")
    assert status == 1
    assert complained == "leadwheel: the form answered 422: email: must be one\n"


def send_stack(api: Api) -> Stack:
    return Stack(api, "table", "us-east-1", None)


def test_many_leads_are_told_apart(
    form: HTTPServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "find_stack", lambda _: send_stack(api))
    status, said, _ = run("send", "--email", "a@b.example", "--count", "3")
    assert status == 0
    assert said == "201 lead 01abc\n" * 3
    assert len({body for _, _, body in form.got}) == 3  # type: ignore[attr-defined]


def test_a_field_must_have_a_name_and_a_text(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    monkeypatch.setattr(send, "find_stack", lambda _: send_stack(api))
    status, _, complained = run("send", "--field", "nonsense")
    assert status == 1
    assert complained == "leadwheel: --field nonsense: write it as NAME=TEXT\n"


# ── What platforms send ──────────────────────────────────────────────────────────────────────────

PLACE = Api("http://127.0.0.1:4566/_aws/execute-api/leadwheel/$default", str)
SECRET = "a secret between the two"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MAPPING = {"fields": {"email": "/person/email", "name": "/person/name"}}


def arrived(post: Post) -> Delivery:
    """The request as its function gets it."""
    headers = {name.lower(): text for name, text in post.headers.items()}
    return Delivery(post.body or b"", now(), url=PLACE.address_of(post.path), headers=headers)


def hook(format_name: str, **more: Any) -> Hook:
    mapping = {"mapping": MAPPING} if format_name == "generic" else {}
    return Hook.model_validate({"format": format_name, **mapping, **more})


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_sent_so_that_its_hook_takes_it(name: str) -> None:
    post = hook_post(PLACE, "h", hook(name), SECRET, 7)
    delivery = arrived(post)
    known = format_of(name)
    assert post.path == "hooks/h"
    assert known.SCHEME.is_genuine(delivery, [SECRET])
    assert not known.SCHEME.is_genuine(delivery, ["another secret"])
    assert known.read(delivery, hook(name).mapping)


@pytest.mark.parametrize("name", FORMATS)
def test_another_number_is_another_lead(name: str) -> None:
    bodies = {hook_post(PLACE, "h", hook(name), SECRET, number).body for number in (1, 2)}
    assert len(bodies) == 2


def test_a_hook_with_a_shared_key_gets_the_key_and_a_public_one_nothing() -> None:
    keyed = hook_post(PLACE, "h", hook("typeform", trust="key"), SECRET, 1)
    assert SHARED_KEY.is_genuine(arrived(keyed), [SECRET])
    public = hook_post(PLACE, "h", hook("typeform", trust="public"), "", 1)
    assert set(public.headers) == {"content-type"}


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"id": "/id"},
        {"fields": {"email": "email", "consent": "Agreed?"}},
        {"fields": {"email": "/a/b/c", "name": ["/a/first", "/a/last"], "phone": "/phones/1"}},
        {"leads": "/data/items", "id": "/n", "fields": {"email": "/e", "colour": "/x~1y/z~0"}},
        {"leads": "/", "fields": {"email": "/a/0/1"}},
    ],
)
def test_a_body_is_made_up_in_which_any_mapping_finds_a_lead(mapping: dict[str, Any]) -> None:
    assert generic.problems(mapping) == []
    sample = generic_sample(mapping, 5)
    (reported,) = generic.read(
        Delivery(sample.body, now(), headers={"content-type": sample.content_type}), mapping
    )
    assert reported.said["email"] == "ada+5@factory.example"
    assert set(mapping.get("fields", {})) <= {name for name, text in reported.said.items() if text}
    assert (reported.external_id is not None) == ("id" in mapping)


def test_places_within_each_other_break_nothing() -> None:
    sample = generic_sample({"fields": {"email": "/a", "name": "/a/b"}}, 1)
    assert json.loads(sample.body) == {"a": "ada+1@factory.example"}


# ── What partners send ───────────────────────────────────────────────────────────────────────────


def test_a_partner_shows_its_key() -> None:
    post = partner_post(PLACE, "acme", Partner(), as_json({"email": "a@b.example"}), "lw_key")
    assert post == Post(
        "partners/acme/leads",
        b'{"email": "a@b.example"}',
        {
            "content-type": "application/json",
            "accept": "application/json",
            "authorization": "Bearer lw_key",
        },
    )


def test_a_partner_that_signs_shows_no_key() -> None:
    partner = Partner(trust="signature")
    post = partner_post(PLACE, "a", partner, as_json({"email": "e"}), STANDARD, to="pings")
    assert post.path == "partners/a/pings"
    assert STANDARD_WEBHOOKS.is_genuine(arrived(post), [STANDARD])
    assert "authorization" not in post.headers
    late = Delivery(post.body or b"", now() + timedelta(hours=1), headers=post.headers)
    assert not STANDARD_WEBHOOKS.is_genuine(late, [STANDARD])


def test_xml_is_what_our_own_reader_reads() -> None:
    fields = {"email": "a@b.example", "first name": 'Å "<&>"', "xml": "x", "product": "a & b"}
    sample = as_xml(fields)
    assert dict(read_flat(sample.content_type, sample.body).said) == fields


# ── Where it goes ────────────────────────────────────────────────────────────────────────────────

SOURCES = {
    "partners": {"cars": {"format": "adf"}, "acme": {}, "signing": {"trust": "signature"}},
    "hooks": {
        "first": {"format": "typeform"},
        "second": {"format": "typeform"},
        "adf": {"format": "adf"},
        "open": {"format": "webflow", "trust": "public"},
        "bare": {"format": "tiktok"},
    },
}


class Secrets:
    def of(self, named: str) -> dict[str, list[str]]:
        known = {"hook#bare": {}, "partner#signing": {"secret": [STANDARD, "old"]}}
        return known.get(named, {"secret": [SECRET, "the one before"]})


def stack_of(monkeypatch: pytest.MonkeyPatch, sources: dict[str, Any], **more: Any) -> Stack:
    config = team.config({"anna": 1}, more=sources)
    monkeypatch.setattr(doors.config_store, "active", lambda: team.active(config))
    monkeypatch.setattr(Stack, "connect_store", lambda _: None)
    monkeypatch.setattr(Stack, "secrets", Secrets())
    monkeypatch.delenv(doors.KEY_VARIABLE, raising=False)
    return Stack(PLACE, "table", "us-east-1", None, **more)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """One with SOURCES, whose demo's partner is `acme`."""
    demo = {"partner_id": "acme", "partner_key": "lw_demo"}
    return stack_of(monkeypatch, SOURCES, demo=demo)


@pytest.mark.parametrize(
    ("kind", "ids", "path"),
    [
        (None, Ids(), "forms/website/leads"),
        ("multipart", Ids(form="fair"), "forms/fair/leads"),
        (None, Ids(partner="acme"), "partners/acme/leads"),
        ("partner", Ids(), "partners/acme/leads"),
        ("partner-xml", Ids(partner="signing"), "partners/signing/leads"),
        ("ping", Ids(), "partners/acme/pings"),
        ("typeform", Ids(), "hooks/first"),
        ("typeform", Ids(hook="second"), "hooks/second"),
        (None, Ids(hook="second"), "hooks/second"),
        ("webflow", Ids(), "hooks/open"),
        ("adf", Ids(), "hooks/adf"),
    ],
)
def test_a_lead_goes_to_the_first_of_its_kind_or_to_the_one_named(
    stack: Stack, kind: str | None, ids: Ids, path: str
) -> None:
    doors.require_sense(kind, ids)
    assert doors.find_door(kind, ids, stack).make({}, 1).path == path


def test_adf_goes_to_a_partner_that_sends_it_when_named_or_when_no_hook_takes_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(doors.KEY_VARIABLE, "lw_mine")
    for kind in ("adf", None):
        post = doors.find_door(kind, Ids(partner="cars"), stack).make({}, 1)
        assert (post.path, post.headers["accept"]) == ("partners/cars/leads", "application/xml")
    other = stack_of(monkeypatch, {**SOURCES, "hooks": {}})
    monkeypatch.setenv(doors.KEY_VARIABLE, "lw_mine")
    assert doors.find_door("adf", Ids(), other).make({}, 1).path == "partners/cars/leads"


def test_the_newest_secret_signs(stack: Stack) -> None:
    post = doors.find_door("typeform", Ids(), stack).make({}, 1)
    assert format_of("typeform").SCHEME.is_genuine(arrived(post), [SECRET])
    post = doors.find_door("partner", Ids(partner="signing"), stack).make({}, 1)
    assert STANDARD_WEBHOOKS.is_genuine(arrived(post), [STANDARD])


def test_the_key_comes_from_the_environment_or_is_the_demos(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> str:
        return doors.find_door("partner", Ids(), stack).make({}, 1).headers["authorization"]

    assert shown() == "Bearer lw_demo"
    monkeypatch.setenv(doors.KEY_VARIABLE, "lw_mine")
    assert shown() == "Bearer lw_mine"


def test_a_partners_lead_has_a_way_to_reach_somebody(stack: Stack) -> None:
    door = doors.find_door("partner", Ids(), stack)
    said = json.loads(door.make({"product": "x", "country": "NO"}, 3).body or b"")
    assert (said["email"], said["product"], said["country"]) == (
        "ada+3@factory.example",
        "x",
        "NO",
    )
    assert json.loads(door.make({"phone": "1"}, 3).body or b"") == {"phone": "1"}


def test_a_ping_does_not_say_who_it_is(stack: Stack) -> None:
    door = doors.find_door("ping", Ids(), stack)
    assert json.loads(door.make({}, 1).body or b"") == {"country": "SE"}


@pytest.mark.parametrize(
    ("kind", "ids", "complaint"),
    [
        ("partner", Ids(partner="nobody"), "no such partner .there: cars, acme, signing"),
        ("partner", Ids(partner="cars"), "partner cars sends adf: --as adf"),
        ("adf", Ids(partner="acme"), "partner acme sends fields: --as partner"),
        ("adf", Ids(partner="cars"), "put the key of partner cars into LEADWHEEL_PARTNER_KEY"),
        ("typeform", Ids(hook="open"), "hook open takes webflow: --as webflow"),
        ("typeform", Ids(hook="nobody"), "no hook 'nobody' .there: first, second"),
        ("meta", Ids(), "has no hook of the format meta"),
        ("tiktok", Ids(), "hook bare has no secret yet: .* secret hook#bare --generate"),
    ],
)
def test_where_nothing_can_go_is_one_sentence(
    stack: Stack, kind: str, ids: Ids, complaint: str
) -> None:
    with pytest.raises(LeadwheelError, match=complaint):
        doors.find_door(kind, ids, stack)


def test_a_sample_takes_no_fields_of_ones_own(stack: Stack) -> None:
    door = doors.find_door("typeform", Ids(), stack)
    with pytest.raises(LeadwheelError, match="is sent as a sample, whose fields cannot be chosen"):
        door.make({"email": "a@b.example"}, 1)


# ── What is said of the answer ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"lead_id": "01a", "status": "received"}, "lead 01a"),
        ({"lead_ids": ["01a", "01b"], "status": "received"}, "leads 01a, 01b"),
        ({"lead_ids": [], "status": "received"}, "no lead in it"),
        (
            {
                "outcome": "success",
                "code": "accepted",
                "reason": "the lead is bought",
                "lead_id": "01a",
                "price": "32.50",
                "currency": "EUR",
            },
            "success, accepted: the lead is bought; price 32.50 EUR; lead 01a",
        ),
        (
            {
                "outcome": "failure",
                "code": "duplicate",
                "reason": "the same person came before",
                "lead_id": "01a",
                "price": "0.00",
                "currency": "EUR",
            },
            "failure, duplicate: the same person came before; lead 01a",
        ),
        (
            {
                "outcome": "success",
                "code": "accepted",
                "reason": "post it",
                "price": "5.00",
                "currency": "EUR",
                "ping_id": "x",
                "expires_at": "soon",
            },
            "success, accepted: post it; price 5.00 EUR; until soon",
        ),
    ],
)
def test_an_answer_is_one_line(body: dict[str, Any], line: str) -> None:
    assert what_came(body) == line


def test_an_answer_in_xml_says_the_same() -> None:
    text = b"<response><outcome>failure</outcome><code>x</code><reason>y</reason></response>"
    answer = Answer(200, {"content-type": "application/xml"}, text)
    assert what_came(members(answer)) == "failure, x: y"
    assert members(Answer(502, {"content-type": "application/xml"}, b"<html")) == {}
    assert members(Answer(502, {}, b"[]")) == {}


def test_a_refusal_names_the_door_and_is_an_error(
    form: HTTPServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    form.answer = (401, {}, b'{"title": "no", "detail": "show the key", "outcome": "error"}')  # type: ignore[attr-defined]
    there = replace(stack_of(monkeypatch, SOURCES), api=api)
    monkeypatch.setenv(doors.KEY_VARIABLE, "lw_wrong")
    monkeypatch.setattr(send, "find_stack", lambda _: there)
    status, _, complained = run("send", "--as", "partner")
    assert status == 1
    assert complained.startswith("leadwheel: partner acme answered 401: show the key; put the key")
    assert "into LEADWHEEL_PARTNER_KEY; we keep only its hash" in complained
    assert complained.endswith(" key acme makes a new one)\n")


def test_after_a_ping_the_command_for_the_post_is_shown(
    form: HTTPServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"outcome": "success", "code": "accepted", "reason": "post it", "price": "5.00"}
    body = {**said, "currency": "EUR", "ping_id": "abc.d-e"}
    form.answer = (200, {}, json.dumps(body).encode())  # type: ignore[attr-defined]
    there = replace(stack_of(monkeypatch, SOURCES), api=api)
    monkeypatch.setenv(doors.KEY_VARIABLE, "lw_mine")
    monkeypatch.setattr(send, "find_stack", lambda _: there)
    _, told, _ = run("send", "--as", "ping", "--field", "product=heat pump")
    assert told.splitlines()[1].endswith(
        "send --as partner --field 'product=heat pump' --field ping_id=abc.d-e"
    )


# ── Handshakes ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("meta", {"verify_token": ["the token", "an older one"]}),
        ("linkedin", {"secret": [SECRET]}),
    ],
)
def test_the_right_answer_to_a_handshake_is_recognised(
    name: str, known: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    class Answering:
        def deliver(self, path: str, body: bytes | None, headers: Any) -> Answer:
            assert body is None
            query = dict(parse_qsl(urlsplit(path).query))
            asked = Delivery(b"", now(), method="GET", query=query)
            try:
                told = challenge_answer(name, asked, known)
            except ForbiddenError:
                told = None
            return Answer(200, {}, told[1].encode()) if told else Answer(403, {}, b"{}")

    handshake.shake_hands(Answering(), "h", hook(name), known)  # type: ignore[arg-type]
    assert f"{name} would know the address for ours" in capsys.readouterr().out
    wrong = {key: ["something else"] for key in known}
    with pytest.raises(LeadwheelError, match="hook h answered"):
        handshake.shake_hands(Answering(), "h", hook(name), wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("typeform", "typeform asks nothing before it delivers"),
        ("meta", "hook h has no verify_token yet"),
        ("linkedin", "hook h has no secret yet"),
    ],
)
def test_where_there_is_nothing_to_ask_is_one_sentence(name: str, complaint: str) -> None:
    with pytest.raises(LeadwheelError, match=complaint):
        handshake.shake_hands(PLACE, "h", hook(name), {})


def test_a_question_is_asked_as_somebody(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    monkeypatch.setattr(send, "find_stack", lambda _: stack)
    status, _, complained = run("send", "--challenge")
    told = "leadwheel: say as which: --as meta or --as linkedin\n"
    assert (status, complained) == (1, told)
