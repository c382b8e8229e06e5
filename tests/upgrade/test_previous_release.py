"""What earlier releases have left in the table goes on: read, rebuilt, and lived to its end.

And the other way, for whoever goes back: what a later release has written beside what we know.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

import functions.capture.handler as capture
import functions.desk.handler as desk
from shared.domain.leads import Lead, Status, Step
from shared.flows import digest_due
from shared.flows.apply_config import apply_config
from shared.flows.sessions import sessions_of
from shared.store import config as config_store
from shared.store import deliveries as delivery_store
from shared.store import leads as lead_store
from shared.store import routing as routing_store
from shared.store import table as store_table
from shared.store.codec import change_from_text, lead_from_image
from shared.store.deliveries import State
from tests.audit import Books, problems
from tests.aws_events import api_request, context
from tests.table import client
from tests.upgrade.snapshot import RECORDED, Item, Snapshot, read

ADMIN = {"authorization": f"Bearer {'k' * 48}", "content-type": "application/json"}
SELLER = {"x-api-key": "k", "content-type": "application/json"}
RELEASES = sorted(RECORDED.glob("*.json"))
NOVELTY = {"S": "of a later release"}


@pytest.fixture(params=RELEASES, ids=lambda file: file.stem)
def recorded(request: Any) -> Snapshot:
    return read(request.param)


@pytest.fixture
def old(world: Any, recorded: Snapshot) -> Iterator[Any]:
    """The table as that release has left it, at that time, under today's code."""
    yield from standing(world, recorded)


def standing(world: Any, snapshot: Snapshot) -> Iterator[Any]:
    snapshot.put_into(world.cloud, world.table)
    world.clock.at = snapshot.at
    world.give_secrets({"partner#acme": {"key": "k"}})
    config_store._read.clear()
    routing_store.forget()
    digest_due._looked.clear()
    yield world
    found = problems(Books(world.items()), config_store.active().config)
    assert found == []


def lead_where(world: Any, **holds: Any) -> Lead:
    """The first lead of which this holds."""
    for lead in Books(world.items()).leads:
        if all(getattr(lead, name) == value for name, value in holds.items()):
            return lead
    raise AssertionError(holds)


def ask(method: str, path: str, body: Any = None, *, by: Any = None, status: int = 200) -> Any:
    raw = json.dumps(body or {}).encode()
    answer = desk.handler(api_request(method, path, body=raw, headers=by or ADMIN), context())
    assert answer["statusCode"] == status, (path, answer["body"])
    return json.loads(answer["body"] or "null")


# ── What is there ────────────────────────────────────────────────────────────────────────────────


def rows() -> list[tuple[str, str]]:
    """The keys of every kind of item, as `shared.store.table` lists them, as patterns."""
    found, kind_of_key = [], ""
    for line in str(store_table.__doc__).splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:4]]
        if len(cells) < 3 or "`" not in cells[2]:
            continue
        kind_of_key = cells[1] or kind_of_key
        found += [(_pattern(kind_of_key), _pattern(sk)) for sk in cells[2].split(", ")]
    return found


def _pattern(key: str) -> str:
    text = re.sub(r"<\w+>", ".+", key.strip("`"))
    return text.replace("…", ".+")


def test_every_kind_of_item_has_been_recorded() -> None:
    """A kind that is new is recorded with the release that brings it."""
    items = [(i["pk"]["S"], i["sk"]["S"]) for file in RELEASES for i in read(file).items]
    assert len(rows()) > 25
    for pk, sk in rows():
        assert any(re.fullmatch(pk, a) and re.fullmatch(sk, b) for a, b in items), (pk, sk)


def test_each_item_is_of_a_kind_that_is_still_known(recorded: Snapshot) -> None:
    """Else it would lie there for ever, with nobody to say what it is."""
    for item in recorded.items:
        key = item["pk"]["S"], item["sk"]["S"]
        assert any(re.fullmatch(pk, key[0]) and re.fullmatch(sk, key[1]) for pk, sk in rows()), key


def test_the_books_are_in_order_and_each_lead_is_as_its_log_says(old: Any) -> None:
    """The auditor reads everything, and rebuilds leads and ledgers from their records."""
    leads = Books(old.items()).leads
    assert len(leads) >= 10
    assert [lead_store.get(lead.lead_id) for lead in leads] == leads
    for raw in Books(old.items()).raw_leads:
        streamed = lead_from_image(raw)
        assert streamed in leads


def test_every_list_and_every_decision_can_be_shown(old: Any) -> None:
    paths = ["/v1/parked", "/v1/quarantine", "/v1/returns", "/v1/pools/sales/rotation"]
    paths += ["/v1/mail/paused", "/v1/deliveries?state=dead", "/v1/reps/anna/leads"]
    for lead in Books(old.items()).leads:
        paths.append(f"/v1/leads/{lead.lead_id}")
        if any(change.turn for change in lead.log):
            paths.append(f"/v1/leads/{lead.lead_id}/decision")
    for path in paths:
        way, _, query = path.partition("?")
        event = api_request("GET", way, headers=ADMIN)
        event["rawQueryString"] = query
        event["queryStringParameters"] = dict([query.split("=")] if query else [])
        answer = desk.handler(event, context())
        assert answer["statusCode"] == 200, (path, answer["body"])


# ── It goes on ───────────────────────────────────────────────────────────────────────────────────


def test_what_was_given_can_be_accepted_and_worked_on(old: Any) -> None:
    lead = lead_where(old, status=Status.ASSIGNED)
    for act in ("accept", "contact", "convert"):
        ask("POST", f"/v1/leads/{lead.lead_id}/{act}")
    assert lead_store.get(lead.lead_id).status is Status.CONVERTED


def test_what_was_given_is_reminded_of_and_taken_back(old: Any) -> None:
    lead = lead_where(old, status=Status.ASSIGNED)
    old.clock.turn(minutes=11)
    assert old.sweep()["reminded"] == 1
    old.clock.turn(minutes=11)
    assert old.sweep()["reclaimed"] == 1
    old.route()
    assert lead_store.get(lead.lead_id).log[-1].step in {Step.ASSIGNED, Step.PARKED}


@pytest.mark.parametrize("how", ["stream", "watchdog"])
def test_what_nobody_has_seen_yet_is_routed(old: Any, how: str) -> None:
    lead = lead_where(old, status=Status.NEW)
    if how == "stream":
        old.route()
    else:
        old.clock.turn(minutes=5)
        assert old.sweep()["oldest_new"] == 5 * 60
    assert lead_store.get(lead.lead_id).owner in {"anna", "bo"}


def test_what_waits_for_a_rep_goes_when_they_come_back(old: Any) -> None:
    lead = lead_where(old, place="parked#night")
    old.clock.turn(days=3)
    old.sweep()
    assert lead_store.get(lead.lead_id).owner == "cy"


def test_what_waits_for_a_manager_can_be_given_by_hand(old: Any) -> None:
    lead = lead_where(old, place="stuck#sales")
    path = f"/v1/leads/{lead.lead_id}/assign"
    ask("POST", path, {"rep_id": "anna", "reason": "she knows them", "override": True})
    assert lead_store.get(lead.lead_id).owner == "anna"


def test_a_return_that_waits_can_be_granted(old: Any) -> None:
    (waiting,) = ask("GET", "/v1/returns")["returns"]
    path = f"/v1/leads/{waiting['lead_id']}/approve-return"
    ask("POST", path)
    assert lead_store.get(waiting["lead_id"]).log[-1].step is Step.RETURNED


def test_what_is_held_can_be_let_out(old: Any) -> None:
    for lead in Books(old.items()).leads:
        if lead.place == "quarantine":
            path = f"/v1/quarantine/{lead.lead_id}/release"
            ask("POST", path, {"fields": {"name": "Somebody"}})
            assert lead_store.get(lead.lead_id).status is Status.NEW


def test_a_person_is_still_known_shown_and_forgotten(old: Any) -> None:
    whom = {"email": "ada@example.org"}
    assert len(ask("POST", "/v1/people/export", whom)["leads"]) == 2
    done = ask("POST", "/v1/people/forget", whom)["done"]
    assert done["leads"] == 2
    assert "ada@example.org" not in json.dumps(old.items(), default=str)


def test_a_submission_from_before_is_the_same_lead_and_its_person_the_same_person(old: Any) -> None:
    """Guards and ties are hashes: whoever counts them otherwise knows nobody any more."""
    said = {"name": "Jon", "email": "jon@example.org"}
    lead = lead_where(old, status=Status.NEW)
    again = old.post(json.dumps(said).encode(), "Jon-jon@example.org")
    assert json.loads(again["body"])["lead_id"] == lead.lead_id
    other = old.post(json.dumps({**said, "message": "hello?"}).encode(), "another key")
    found = lead_store.get(json.loads(other["body"])["lead_id"])
    assert (found.status, found.log[-1].first) == (Status.DUPLICATE, lead.lead_id)


def test_a_submission_that_is_known_by_its_person_alone_is_still_the_same_lead(old: Any) -> None:
    """Without a key, releases before 2026-11-23 left the guards of the person and no other."""

    def come() -> str:
        answer = old.post(b'{"name": "Nia", "email": "nia@example.org"}', None)
        return str(json.loads(answer["body"])["lead_id"])

    lead_id = come()
    persons = {f"guard#{key}" for key in lead_store.get(lead_id).log[0].known_by}
    ours = {
        item["pk"]["S"]
        for item in old.items()
        if item["kind"]["S"] == "guard" and item["lead_id"]["S"] == lead_id
    }
    (content,) = ours - persons
    key = {"pk": {"S": content}, "sk": {"S": "guard"}}
    client("dynamodb", old.cloud).delete_item(TableName=old.table, Key=key)
    old.clock.turn(seconds=59)
    assert come() == lead_id
    old.clock.turn(seconds=2)
    assert lead_store.get(come()).log[0].first == lead_id


def test_caps_go_on_from_what_was_sold(old: Any) -> None:
    """Two were sold and one price is still promised, or free again: of three, one is left."""
    codes = [sell(number)["outcome"] for number in range(3)]
    assert codes.count("success") == 1


def sell(number: int) -> Any:
    said = {"name": "Nora", "email": f"nora{number}@example.net", "country": "SE"}
    body = json.dumps(said).encode()
    event = api_request("POST", "/v1/partners/acme/leads", body=body, headers=SELLER)
    return json.loads(capture.handler(event, context())["body"])


def test_whoever_is_signed_in_stays_so(old: Any) -> None:
    assert len(sessions_of("anna@example.com", old.clock())) == 1


def test_what_a_channel_did_not_take_can_be_sent_again(old: Any, around: Any) -> None:
    (dead,), _ = delivery_store.dead("chat", 10)
    delivery_store.redrive(dead, old.clock())
    found = delivery_store.get(dead.id)
    assert found is not None
    assert found.state is State.WAITING
    assert old.sweep()["deliveries"] == 2


def test_a_new_configuration_takes_the_place_of_the_old_one(old: Any, around: Any) -> None:
    before = config_store.active()
    around.now.at = old.clock()
    mei = before.config.manager.model_copy(update={"name": "Mei Tanaka"})
    apply_config(before.config.model_copy(update={"manager": mei}), around)
    config_store._read.clear()
    now = config_store.active()
    assert now.version == before.version + 1
    assert config_store.version(1).pools.keys() == now.config.pools.keys()


# ── And back again ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def later(world: Any, recorded: Snapshot) -> Iterator[Any]:
    """The table as a later release has left it, which knows more of everything than we do."""
    items = [_of_a_later_release(item) for item in recorded.items]
    yield from standing(world, Snapshot(recorded.at, items))


def _of_a_later_release(item: Item) -> Item:
    more = {**item, "novelty": NOVELTY}
    if item["kind"]["S"] == "lead":
        records = [json.loads(record["S"]) for record in item["log"]["L"]]
        texts = [json.dumps({**record, "novelty": [1]}) for record in records]
        more["log"] = {"L": [{"S": text} for text in texts]}
    return more


def test_what_a_later_release_has_written_beside_is_passed_over(later: Any) -> None:
    assert len(Books(later.items()).leads) >= 10
    lead = lead_where(later, status=Status.ASSIGNED)
    ask("POST", f"/v1/leads/{lead.lead_id}/accept")
    later.route()
    later.sweep()


def test_and_is_still_there_when_the_later_release_comes_back(later: Any) -> None:
    """An update changes what it names; a record that is in the log is never written again."""
    lead = lead_where(later, status=Status.ASSIGNED)
    ask("POST", f"/v1/leads/{lead.lead_id}/accept")
    beside = [item for item in later.items() if item["pk"]["S"] == f"lead#{lead.lead_id}"]
    (raw,) = [item for item in beside if item["sk"]["S"] == "lead"]
    assert raw["novelty"] == NOVELTY
    *before, accepted = [json.loads(record["S"]) for record in raw["log"]["L"]]
    assert all(record["novelty"] == [1] for record in before)
    assert "novelty" not in accepted


def test_a_configuration_of_a_later_release_does_not_stop_everything(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    """It says more than we know in every part; and so do those that change nothing new."""
    whole = config_store.Config.model_dump_json

    def with_more(self: Any) -> str:
        told = json.loads(whole(self))
        for part in (told, told["pools"]["sales"], told["reps"]["anna"], told["forms"]["website"]):
            part["novelty"] = None
        return json.dumps(told)

    from tests.team import config

    with monkeypatch.context() as later:
        later.setattr(config_store.Config, "model_dump_json", with_more)
        apply_config(config({"anna": 1}), around)
    config_store._read.clear()
    config_store._versions.clear()
    assert config_store.active().config == config({"anna": 1})
    world.post(b'{"email": "kim@example.org"}', "k")
    world.route()
    assert lead_where(world, owner="anna").status is Status.ASSIGNED


def test_a_lead_with_a_step_of_a_later_release_is_left_alone_and_stops_no_other(
    world: Any, recorded: Snapshot
) -> None:
    """Nobody can say what it means: so the lead waits for whoever knows, as it is."""
    ours = next(standing(world, recorded))
    lead = lead_where(ours, status=Status.ASSIGNED)
    key = {"pk": {"S": f"lead#{lead.lead_id}"}, "sk": {"S": "lead"}}
    record = {"S": json.dumps({"step": "levitated", "at": "2026-03-02T12:30:00.000Z"})}
    client("dynamodb", world.cloud).update_item(
        TableName=world.table,
        Key=key,
        UpdateExpression="SET #log = list_append(#log, :more), rev = rev + :one",
        ExpressionAttributeNames={"#log": "log"},
        ExpressionAttributeValues={":more": {"L": [record]}, ":one": {"N": "1"}},
    )
    before = client("dynamodb", world.cloud).get_item(TableName=world.table, Key=key)["Item"]
    world.clock.turn(minutes=30)
    swept = world.sweep()
    assert (swept["rescued"], swept["failed"]) == (1, 0)
    assert swept["oldest_due"] >= 10 * 60
    assert (
        client("dynamodb", world.cloud).get_item(TableName=world.table, Key=key)["Item"] == before
    )


def test_what_a_record_says_beside_what_we_know_is_left_out() -> None:
    ours = '{"step":"accepted","at":"2026-03-02T12:30:00.000Z","rep":"anna"}'
    theirs = '{"step":"accepted","at":"2026-03-02T12:30:00.000Z","rep":"anna","novelty":{}}'
    assert change_from_text(theirs) == change_from_text(ours)
