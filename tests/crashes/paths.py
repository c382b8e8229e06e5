"""Every happy path: what there is, what happens, and how it ends."""

import json
from collections.abc import Callable
from typing import Any

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared.domain.config import Config
from shared.errors import StoreBusyError
from shared.store import config as config_store
from shared.store import people as people_store
from shared.store import pushes as push_store
from shared.surroundings import real
from tests.audit import Books
from tests.aws_events import api_request, context
from tests.crashes.engine import Do, Path, Step
from tests.crashes.rig import NotYetError, Rig, give_secrets
from tests.graph import webhook
from tests.pressing import FORM, filled_in, nonce_on
from tests.sellers import MAPPED
from tests.team import config

BOTH = {"anna": 1, "bo": 1}
SLOW: dict[str, Any] = {"remind_after": [], "reclaim_after": "90d"}
QUICK: dict[str, Any] = {"remind_after": ["5m"], "reclaim_after": "10m", "max_assignments": 3}
JSON = {"content-type": "application/json"}
KEY = {"authorization": "Bearer lw_key"}
ADA = {"name": "Ada Byron", "email": "ada@factory.example", "country": "SE"}
CAPS = [
    {"name": "daily", "per": "day", "leads": 3},
    {"name": "budget", "per": "month", "money": "100"},
]
ACME: dict[str, Any] = {
    "mode": "live",
    "currency": "EUR",
    "price": "20",
    "pings": True,
    "caps": CAPS,
    "duplicates": {"within": "30d", "keys": ["email"]},
}


# ── Teams ────────────────────────────────────────────────────────────────────────────────────────


def team(*, limits: Any = None, more: Any = None, deadlines: Any = None, **pool: Any) -> Config:
    return config(BOTH, limits=limits, more=more, deadlines=deadlines or SLOW, **pool)


def selling(**acme: Any) -> Config:
    partners = {"acme": {**ACME, **acme}, "other": ACME}
    return team(more={"partners": partners}, refund=["returned", "declined", "lost"])


def opens(whole: Config, secrets: dict[str, Any] | None = None) -> Do:
    def apply(rig: Rig) -> None:
        give_secrets(rig, secrets or {})
        rig.apply(whole)

    return apply


def after(*several: Do) -> Do:
    def all_of_it(rig: Rig) -> None:
        for one in several:
            one(rig)

    return all_of_it


# ── How leads come ───────────────────────────────────────────────────────────────────────────────


def post(
    path: str, said: Any, *done: int, key: str | None = "key-1", **more: str
) -> Callable[[Rig], dict[str, Any]]:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()

    def sent(rig: Rig) -> dict[str, Any]:
        headers = {**JSON, **more, **({"idempotency-key": key} if key else {})}
        event = api_request("POST", path, body=raw, headers=headers)
        return rig.told_that(capture.handler(event, context()), *(done or (200, 201)))

    return sent


def form(key: str | None = "key-1", **said: str) -> Do:
    return post("/v1/forms/website/leads", {**ADA, **said}, 201, key=key)


def partner(key: str = "key-1", **said: str) -> Do:
    return post("/v1/partners/acme/leads", {**ADA, **said}, 200, 201, key=key, **KEY)


def ping(rig: Rig) -> None:
    sent = post("/v1/partners/acme/pings", {"country": "SE"}, 200, key="ping-1", **KEY)
    rig.memory["ping_id"] = json.loads(sent(rig)["body"])["ping_id"]


def post_of_ping(rig: Rig) -> None:
    answer = post("/v1/partners/acme/leads", {**ADA, "ping_id": rig.memory["ping_id"]}, **KEY)(rig)
    assert json.loads(answer["body"])["outcome"] == "success"


def hook(rig: Rig) -> None:
    items = [
        {"answers": [{"value": f"a{n}@factory.example"}], "id": str(n), "first": "A", "last": "B"}
        for n in range(2)
    ]
    path, key = "/v1/hooks/crm", {"x-leadwheel-key": "s" * 40}
    post(path, {"data": {"items": items}}, 200, key=None, **key)(rig)


def meta(rig: Rig) -> None:
    body, headers = webhook(7, secret="s" * 40, at=rig.clock())
    answer = capture.handler(
        api_request("POST", "/v1/hooks/meta", body=body, headers=headers), context()
    )
    rig.told_that(answer)


def came(count: int = 1, *, routed: bool = True, told: bool = True, **said: str) -> Do:
    """So many leads came by the form before anything goes wrong."""

    def come(rig: Rig) -> None:
        for number in range(count):
            form(f"key-{number}", **{"email": f"a{number}@factory.example", **said})(rig)
            rig.clock.turn(seconds=1)
        if routed:
            rig.route_new()
        if routed and told:
            rig.alert_new()

    return come


# ── What starts functions ────────────────────────────────────────────────────────────────────────

ROUTE = Step("routing", lambda rig: rig.route_new(), by_itself=True)
ALERT = Step("alerts", lambda rig: rig.alert_new(), by_itself=True)
HEAR = Step("what hears of events", lambda rig: rig.hear(), by_itself=True)


def sweep(minutes: float = 0) -> Step:
    return Step("the sweep", lambda rig: rig.sweep(), minutes, by_itself=True, fires_again=True)


# ── What people do ───────────────────────────────────────────────────────────────────────────────


def asks(
    what: str, body: Any = None, *, method: str = "POST", once_more: int = 0, nth: int = 0
) -> Do:
    """A request about a lead, whose id is put into the path."""

    def ask(rig: Rig) -> None:
        path = what.replace("{id}", rig.lead(nth).lead_id if "{id}" in what else "")
        rig.told_that(rig.ask(method, path, body), once_more=once_more)

    return ask


def does(step: str, *, once_more: int = 0, **body: Any) -> Do:
    return asks(f"/v1/leads/{{id}}/{step}", {"rep_id": "anna", **body}, once_more=once_more)


def says(name: str, do: Do, minutes: float = 1) -> tuple[Step, ...]:
    """What somebody does, and what follows from it."""
    return (Step(name, do, minutes),)


def clicks(rep: str) -> Do:
    def click(rig: Rig) -> None:
        path = rig.link(rep)
        page = rig.told_that(desk.handler(api_request("GET", path), context()))
        if not nonce_on(page["body"]):
            return  # it says that it is theirs, and has no button any more
        body = filled_in(page["body"])
        rig.told_that(desk.handler(api_request("POST", path, body=body, headers=FORM), context()))

    return click


def presses(step: str, **fields: str) -> Do:
    def press(rig: Rig) -> None:
        path = f"/my/leads/{rig.lead().lead_id}"
        rig.told_that(rig.press(path, step=step, **fields), 303, once_more=409)

    return press


def claims_next(rig: Rig) -> None:
    """Once more is one more lead: who was never answered looks at their list first."""
    if not (rig.died and rig.lead().owner == "anna"):
        asks("/v1/pools/sales/claim", {"rep_id": "anna"})(rig)


def assigns_all(rig: Rig) -> None:
    """Of each lead the answer says whether it is done."""
    lead_ids = [rig.lead(nth).lead_id for nth in range(3)]
    body = {"lead_ids": lead_ids, "rep_id": "bo"}
    answer = json.loads(rig.told_that(rig.ask("POST", "/v1/leads/assign", body))["body"])
    for lead_id, result in zip(lead_ids, answer["results"], strict=True):
        done = any(lead.lead_id == lead_id and lead.owner == "bo" for lead in rig.leads())
        assert done or not result["ok"]
        assert result["ok"] or result["problem"]["status"] == 503
    if answer["failed"]:
        raise NotYetError(answer["failed"])


def signed_in(rig: Rig) -> None:
    rig.sign_in("anna")


# ── Ends ─────────────────────────────────────────────────────────────────────────────────────────


def steps(*wanted: str, nth: int = 0) -> Callable[[Rig], bool]:
    return lambda rig: [str(change.step) for change in rig.lead(nth).log] == list(wanted)


def count_of(kind: str, count: int) -> Callable[[Rig], bool]:
    return lambda rig: sum(item["kind"]["S"] == kind for item in rig.items()) == count


def owner(rep: str | None, nth: int = 0) -> Callable[[Rig], bool]:
    return lambda rig: rig.lead(nth).owner == rep


HELD = team(more={"forms": {"website": {"honeypot": "homepage"}}})
HOOKS = team(
    more={
        "hooks": {
            "crm": {**MAPPED},
            "meta": {"format": "meta"},
        }
    }
)
HOOK_SECRETS = {
    "hook#crm": {"secret": ["s" * 40]},
    "hook#meta": {"secret": ["s" * 40], "access_token": ["t"]},
}
ACME_KEY = {"partner#acme": {"key": "lw_key"}, "partner#other": {"key": "lw_other"}}

CAPTURING = [
    Path("a form", opens(team()), (Step("the form", form()),), steps("captured", "assigned")),
    Path(
        "a form without a key",
        opens(
            team(more={"forms": {"website": {"duplicates": {"within": "1d", "keys": ["email"]}}}})
        ),
        (Step("the form", form(None)),),
        steps("captured", "assigned"),
    ),
    Path(
        "a partner's post",
        opens(selling(), ACME_KEY),
        (Step("the post", partner()),),
        steps("captured", "assigned"),
    ),
    Path(
        "a partner's post that finds the cap full",
        after(
            opens(selling(caps=[{"name": "daily", "per": "day", "leads": 1}]), ACME_KEY), partner()
        ),
        (Step("the post", partner("key-2", email="b@factory.example"), 1),),
        steps("rejected", nth=1),
    ),
    Path(
        "a partner's post of somebody who came before",
        after(opens(selling(), ACME_KEY), partner()),
        (Step("the post", partner("key-2"), 1),),
        steps("duplicated", nth=1),
    ),
    Path(
        "ping, then post",
        opens(selling(), ACME_KEY),
        (Step("the ping", ping), Step("the post", post_of_ping)),
        steps("captured", "assigned"),
        leaves_more=("items: ping",),
    ),
    Path(
        "a hook's delivery of two",
        opens(HOOKS, HOOK_SECRETS),
        (Step("the hook", hook),),
        lambda rig: owner("anna")(rig) and owner("bo", 1)(rig),
    ),
    Path(
        "announced, and fetched",
        opens(HOOKS, HOOK_SECRETS),
        (Step("the hook", meta), ALERT, HEAR),
        owner("anna"),
        tells_again=("LeadAnnounced",),
        leaves_more=("alerts", "items: alert"),
    ),
    Path(
        "quarantined",
        opens(HELD),
        (Step("the form", form(homepage="x")),),
        steps("quarantined"),
    ),
    Path(
        "released by a manager",
        after(opens(HELD), form(homepage="x")),
        says("the manager", asks("/v1/quarantine/{id}/release", {}, once_more=409)),
        steps("quarantined", "released", "assigned"),
    ),
    Path(
        "discarded by a manager",
        after(opens(HELD), form(homepage="x")),
        says("the manager", asks("/v1/quarantine/{id}/discard", {"reason": "a bot"})),
        steps("quarantined", "discarded"),
    ),
]

ROUTING = [
    Path(
        "routed alone",
        after(opens(team()), came(routed=False)),
        (ROUTE,),
        steps("captured", "assigned"),
    ),
    Path(
        "routed in a batch",
        after(opens(team(limits={"bo": {"holding_limit": 2}})), came(4, routed=False)),
        (ROUTE,),
        lambda rig: {rig.lead(n).owner for n in range(4)} == {"anna", "bo"},
    ),
    Path(
        "parked, and given when somebody is back",
        after(
            opens(team(limits={"bo": {"active": False}})),
            lambda rig: rig.told_that(rig.ask("POST", "/v1/reps/anna/pause", {})) and None,
            came(2, routed=False),
        ),
        (
            ROUTE,
            ALERT,
            Step("anna is back", asks("/v1/reps/anna/resume", {}), 1),
            ROUTE,
        ),
        lambda rig: owner("anna")(rig) and owner("anna", 1)(rig),
    ),
    Path(
        "opened, and claimed",
        after(opens(team(strategy="open")), came(routed=False)),
        (ROUTE, ALERT, Step("anna", asks("/v1/leads/{id}/claim", {"rep_id": "anna"}), 1)),
        steps("captured", "opened", "claimed"),
    ),
    Path(
        "the next one claimed",
        after(opens(team(strategy="open")), came(2)),
        (Step("anna", claims_next, 1),),
        owner("anna"),
    ),
    Path(
        "offered to all, and taken by a link",
        after(opens(team(strategy="shotgun", offer_for="3h")), came(routed=False)),
        (ROUTE, ALERT, Step("bo", clicks("bo"), 1)),
        steps("captured", "opened", "claimed"),
    ),
    Path(
        "passed on to another pool",
        after(
            opens(
                team(
                    more={
                        "pools": {
                            "sales": {
                                "members": {"anna": 1},
                                "then": {"pool": "rest"},
                                "deadlines": SLOW,
                            },
                            "rest": {"members": {"bo": 1}, "deadlines": SLOW},
                        }
                    },
                    limits={"anna": {"holding_limit": 0}},
                )
            ),
            came(routed=False),
        ),
        (ROUTE,),
        owner("bo"),
    ),
]

NOTIFIED = {
    "channels": {
        "chat": {"kind": "slack"},
        "crm": {"kind": "webhook", "url": "https://crm.example.com/crm"},
        "sms": {"kind": "sms"},
        "feed": {"kind": "topic", "topic_arn": "arn:aws:sns:us-east-1:000000000000:feed"},
        "devices": {"kind": "push"},
    }
}
CHANNEL_SECRETS = {
    "channel#chat": {"url": ["https://chat.example.com/chat"]},
    "channel#crm": {"secret": ["whsec_c2VjcmV0IG9mIHRoZSByZWNlaXZlcg=="]},
}


def telling(*channels: str, **anna: Any) -> Config:
    notify = [{"channel": channel, "on": ["assigned"]} for channel in channels]
    return team(limits={"anna": anna}, more=NOTIFIED, notify=notify)


def own(channel: str) -> dict[str, Any]:
    return {"phone": "+46 70 174 06 05", "alerts": [{"channel": channel, "on": ["assigned"]}]}


def told_by(how: str, to: str) -> Callable[[Rig], bool]:
    return lambda rig: any(told.how == how and to in told.to for told in rig.told)


def with_device(rig: Rig) -> None:
    """Anna's phone rings."""
    import base64

    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from shared.domain.push import Subscription
    from shared.messages import push

    key = push.new_key()
    secrets = {**CHANNEL_SECRETS, "channel#devices": {"secret": [key]}}
    give_secrets(rig, secrets)
    session = rig.sign_in("anna")
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    (name,) = push.keys_of([key])

    def text(of: bytes) -> str:
        return base64.urlsafe_b64encode(of).decode().rstrip("=")

    subscription = Subscription("https://push.example.com/anna", text(raw), text(b"a" * 16), name)
    person = people_store.person_of(config_store.active().pepper, "anna@example.com")
    push_store.set_up(person, session, subscription, real().now())


def refused(code: str) -> Do:
    def refuse(rig: Rig) -> None:
        rig.memory["refusal"] = code

    return refuse


TELLING = [
    Path(
        "an alert",
        after(opens(team()), came(told=False)),
        (ALERT,),
        told_by("mail", "anna"),
    ),
    Path(
        "two alerts in a batch, and channels",
        after(opens(telling("chat", "crm"), CHANNEL_SECRETS), came(2, told=False)),
        (ALERT,),
        told_by("post", "/crm"),
    ),
    *(
        Path(
            f"a delivery by {channel}",
            after(
                opens(telling(channel), CHANNEL_SECRETS)
                if channel != "sms"
                else opens(telling(**own("sms")), CHANNEL_SECRETS),
                came(),
            ),
            (HEAR,),
            told_by(how, to),
            tells_again=("/chat", "/crm", "+46701740605", "feed"),
        )
        for channel, how, to in (
            ("chat", "post", "/chat"),
            ("crm", "post", "/crm"),
            ("sms", "sns", "+46701740605"),
            ("feed", "sns", "feed"),
        )
    ),
    Path(
        "a device that rings",
        after(opens(telling(**own("devices")), CHANNEL_SECRETS), with_device, came()),
        (HEAR,),
        told_by("post", "/anna"),
        tells_again=("/anna",),
    ),
    Path(
        "a delivery that the sweep starts",
        after(
            opens(telling("chat"), CHANNEL_SECRETS),
            came(),
            lambda rig: setattr(rig, "heard", len(rig.told)),
        ),
        (sweep(1), HEAR),
        told_by("post", "/chat"),
        tells_again=("/chat",),
    ),
    Path(
        "a delivery that nobody takes",
        after(opens(telling("chat"), CHANNEL_SECRETS), came(), refused("http_410")),
        (HEAR,),
        lambda rig: any(told.what == "DeliveryDead" for told in rig.told),
    ),
]

WORKING = [
    Path(
        "accepted by the link",
        after(opens(team()), came()),
        says("anna", clicks("anna")),
        steps("captured", "assigned", "accepted"),
    ),
    Path(
        "accepted by the API",
        after(opens(team()), came()),
        says("anna", does("accept")),
        steps("captured", "assigned", "accepted"),
    ),
    Path(
        "accepted on a page",
        after(opens(team()), came(), signed_in),
        says("anna", presses("accepted")),
        steps("captured", "assigned", "accepted"),
    ),
    Path(
        "declined",
        after(opens(team()), came()),
        (Step("anna", does("decline", once_more=409, reason="busy"), 1), ROUTE),
        steps("captured", "assigned", "declined", "assigned"),
    ),
    Path(
        "declined, and the credit given back",
        after(opens(team(refund=["declined"])), came()),
        (Step("anna", does("decline", once_more=409, reason="busy"), 1), ROUTE),
        steps("captured", "assigned", "declined", "assigned"),
    ),
    Path(
        "declined on a page",
        after(opens(team()), came(), signed_in),
        says("anna", presses("declined")),
        steps("captured", "assigned", "declined", "assigned"),
    ),
    Path(
        "claimed on a page",
        after(opens(team(strategy="open")), came(), signed_in),
        says("anna", presses("claimed")),
        steps("captured", "opened", "claimed"),
    ),
    Path(
        "put off",
        after(opens(team()), came(), does("accept")),
        says("anna", does("snooze", until="2026-03-05")),
        steps("captured", "assigned", "accepted", "snoozed"),
    ),
    *(
        Path(
            name,
            after(opens(team()), came(), does("accept")),
            says("anna", does(name, reason="said hello")),
            steps("captured", "assigned", "accepted", step),
        )
        for name, step in (("attempt", "attempted"), ("contact", "contacted"), ("note", "noted"))
    ),
    Path(
        "won",
        after(opens(team()), came(), does("accept")),
        says("anna", does("convert", value="100.00", currency="EUR", once_more=409)),
        steps("captured", "assigned", "accepted", "converted"),
    ),
    Path(
        "lost, and the credit given back",
        after(opens(team(refund=["lost"])), came(), does("accept")),
        says("anna", does("lose", reason="too dear", once_more=409)),
        steps("captured", "assigned", "accepted", "lost"),
    ),
    Path(
        "given to somebody else by hand",
        after(opens(team()), came()),
        says("the manager", asks("/v1/leads/{id}/assign", {"rep_id": "bo"})),
        steps("captured", "assigned", "assigned"),
    ),
    Path(
        "several given to somebody else by hand",
        after(opens(team()), came(3)),
        says("the manager", assigns_all),
        lambda rig: all(owner("bo", nth)(rig) for nth in range(3)),
    ),
    Path(
        "put on somebody's list by hand",
        after(opens(team(strategy="manual")), came()),
        says("the manager", asks("/v1/leads/{id}/assign", {"rep_id": "bo"})),
        owner("bo"),
    ),
    Path(
        "back to routing",
        after(opens(team()), came()),
        (
            Step(
                "the manager",
                asks("/v1/leads/{id}/release", {"rep_id": "anna"}, once_more=409),
                1,
            ),
            ROUTE,
        ),
        steps("captured", "assigned", "unassigned", "assigned"),
    ),
    Path(
        "more is known",
        after(opens(team()), came()),
        says(
            "the manager",
            asks("/v1/leads/{id}", {"fields": {"product": "roof"}}, method="PATCH"),
        ),
        steps("captured", "assigned", "enriched"),
    ),
    Path(
        "a rep is away",
        after(opens(team()), came()),
        says("the manager", asks("/v1/reps/anna/pause", {})),
        owner("anna"),
    ),
]


def staged(*stages: dict[str, Any], **pool: Any) -> Config:
    return team(deadlines={"stages": list(stages), "max_assignments": 5}, **pool)


TAKE = {"after": "90d", "do": "reclaim"}

WAITING = [
    Path(
        "reminded, taken back, and accepted by another",
        after(opens(team(deadlines=QUICK)), came()),
        (
            sweep(6),
            ALERT,
            sweep(5),
            ROUTE,
            ALERT,
            Step("bo", clicks("bo"), 1),
        ),
        steps("captured", "assigned", "reminded", "reclaimed", "assigned", "accepted"),
    ),
    Path(
        "managers are told, and the rep is paused",
        after(
            opens(
                staged(
                    {"after": "10m", "do": "tell_manager"},
                    {"after": "20m", "do": "pause_rep", "for": "4h"},
                    TAKE,
                )
            ),
            came(),
        ),
        (sweep(11), ALERT, sweep(11), ALERT),
        owner("anna"),
    ),
    Path(
        "taken back, and the credit given back",
        after(opens(staged({"after": "20m", "do": "reclaim"}, refund=["reclaimed"])), came()),
        (sweep(21), ROUTE, Step("bo", does("accept", rep_id="bo"), 1)),
        owner("bo"),
    ),
    Path(
        "opened for all",
        after(opens(staged({"after": "20m", "do": "open"})), came()),
        (sweep(21), ROUTE),
        lambda rig: rig.lead().place == "open#sales",
    ),
    Path(
        "put aside for a manager",
        after(opens(staged({"after": "20m", "do": "park"})), came()),
        (sweep(21), ROUTE),
        lambda rig: rig.lead().owner is None,
    ),
    Path(
        "accepted, and not worked on",
        after(
            opens(team(protection={"first": "2h", "activity": "1d", "at_most": "7d"})),
            came(),
            does("accept"),
        ),
        (sweep(121), ROUTE),
        steps("captured", "assigned", "accepted", "lapsed", "assigned"),
    ),
    Path(
        "a lead that the stream has lost",
        after(opens(team()), came(routed=False), lambda rig: setattr(rig, "routed", 10**6)),
        (sweep(2),),
        owner("anna"),
    ),
    Path(
        "a ping that nobody made use of",
        after(opens(selling(), ACME_KEY), ping),
        (sweep(3),),
        lambda rig: set(Books(rig.items()).caps.values()) == {(0, 0)},
    ),
    Path(
        "what waits in the morning",
        after(
            opens(team(limits={"anna": {"digest": "11:30", "time_zone": "Europe/Stockholm"}})),
            came(),
            does("accept"),
        ),
        (sweep(91), HEAR),
        lambda rig: sum(told.how == "mail" for told in rig.told) >= 2,
        tells_again=("DigestDue",),
    ),
    Path(
        "kept no longer than its source says",
        after(
            opens(team(more={"forms": {"website": {"keep": "1d"}}})),
            came(),
            does("accept"),
            does("lose"),
        ),
        (sweep(60 * 25),),
        lambda rig: rig.lead().status == "erased",
    ),
]


def returning(method: str = "POST") -> Do:
    """A partner asks to return its lead."""

    def ask(rig: Rig) -> None:
        path = f"/v1/partners/acme/leads/{rig.lead().lead_id}/returns"
        body = json.dumps({"reason": "fraud"}).encode()
        event = api_request(method, path, body=body, headers={**JSON, **KEY})
        rig.told_that(desk.handler(event, context()))

    return ask


def sold(policy: str) -> Do:
    return after(
        opens(selling(returns={"policy": policy}), ACME_KEY),
        partner(),
        lambda rig: rig.route_new(),
        lambda rig: rig.alert_new(),
    )


RETURNING = [
    Path(
        "returned at once",
        sold("automatic"),
        (Step("the partner", returning(), 1), ALERT),
        steps("captured", "assigned", "returned"),
    ),
    Path(
        "returned, and approved",
        sold("approve"),
        (
            Step("the partner", returning(), 1),
            ALERT,
            Step("the manager", asks("/v1/leads/{id}/approve-return", {}), 1),
        ),
        steps("captured", "assigned", "returned"),
    ),
    Path(
        "returned, and refused",
        after(sold("approve"), returning()),
        (Step("the manager", asks("/v1/leads/{id}/refuse-return", {"reason": "no"}), 1),),
        steps("captured", "assigned"),
    ),
]


def forgets(rig: Rig) -> None:
    answer = rig.told_that(rig.ask("POST", "/v1/people/forget", {"email": "ada@factory.example"}))
    assert json.loads(answer["body"])["finished"]


def applies(whole: Config) -> Do:
    def apply(rig: Rig) -> None:
        try:
            rig.apply(whole)
        except StoreBusyError as error:
            raise NotYetError from error

    return apply


def asks_for_link(rig: Rig) -> None:
    page = desk.handler(api_request("GET", "/sign-in"), context())
    body = filled_in(page["body"], email="anna@example.com")
    rig.told_that(desk.handler(api_request("POST", "/sign-in", body=body, headers=FORM), context()))


def uses_link(rig: Rig) -> None:
    path = rig.link("anna")
    page = rig.told_that(desk.handler(api_request("GET", path), context()), once_more=409)
    if page["statusCode"] == 200:
        body = filled_in(page["body"])
        answer = desk.handler(api_request("POST", path, body=body, headers=FORM), context())
        rig.told_that(answer, 303, once_more=409)
        if answer["statusCode"] == 303:
            rig.memory["cookie"] = answer["cookies"][0]
            return
    # It was used by a click that nobody answered: a link works once, and here is the next.
    assert rig.died
    asks_for_link(rig)
    rig.alert_new()
    uses_link(rig)


OTHERS = [
    Path(
        "forgotten",
        after(opens(team()), came(2, email="ada@factory.example"), does("accept")),
        (Step("the manager", forgets, 1),),
        lambda rig: rig.lead().status == rig.lead(1).status == "erased",
    ),
    Path(
        "another configuration, while leads wait",
        after(
            opens(team(limits={"anna": {"holding_limit": 1}, "bo": {"active": False}})),
            came(3),
        ),
        (Step("the manager", applies(team()), 1), ROUTE),
        lambda rig: all(rig.lead(n).owner for n in range(3)),
    ),
    Path(
        "signed in by a mailed link",
        opens(team()),
        (Step("anna", asks_for_link), ALERT, Step("anna clicks", uses_link, 1)),
        lambda rig: "cookie" in rig.memory,
        tells_again=("Your link to sign in to leadwheel",),
        leaves_more=("items: sign_in", "items: session", "items: alert", "alerts"),
    ),
]

PATHS = [*CAPTURING, *ROUTING, *TELLING, *WORKING, *WAITING, *RETURNING, *OTHERS]
