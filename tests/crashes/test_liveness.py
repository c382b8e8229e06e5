"""Nothing stands still: what cannot be done does not keep anything else from being done."""

import logging
import threading
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from shared.domain.leads import Step
from shared.domain.planning import plan
from shared.domain.plans import Ruled
from shared.errors import ConflictError
from shared.flows.apply_config import apply_config
from shared.flows.route_leads import route_leads
from shared.store import config as config_store
from shared.store import routing as routing_store
from shared.surroundings import real
from tests.audit import Books, problems
from tests.races.test_routing import capture
from tests.team import active, config, new_lead

QUICK = {"remind_after": [], "reclaim_after": "10m", "max_assignments": 5}
TWO_POOLS = {
    "pools": {"sales": {"members": {"anna": 1}}, "vip": {"members": {"bo": 1}}},
    "rules": [
        {"name": "important", "when": {"company": "Big"}, "pool": "vip"},
        {"name": "everything else", "pool": "sales"},
    ],
}


def by_email(world: Any) -> dict[str, Any]:
    return {lead.fields.get("email"): lead for lead in Books(world.items()).leads}


def test_leads_that_one_member_lost_do_not_block_the_queue(world: Any, around: Any) -> None:
    """120 leads wait for bo, who is away; a lead that anna may take must not wait behind them."""
    team = config({"anna": 1, "bo": 1}, deadlines=QUICK)
    apply_config(team, around)
    routing_store.set_paused("bo", paused=True, now=around.now())
    capture(around, 120)
    world.route()
    world.clock.turn(minutes=11)
    world.sweep()
    world.route()
    routing_store.set_paused("anna", paused=True, now=around.now())
    world.post(b'{"email": "fresh@example.com"}', "fresh")
    world.route([record for record in world.for_routing() if "fresh" in str(record)])
    assert by_email(world)["fresh@example.com"].place == "parked#sales"
    routing_store.set_paused("anna", paused=False, now=around.now())
    world.sweep()
    assert by_email(world)["fresh@example.com"].owner == "anna"


def test_who_is_switched_off_is_not_waited_for(world: Any, around: Any) -> None:
    team = config({"anna": 1, "bo": 1}, limits={"bo": {"active": False}}, deadlines=QUICK)
    apply_config(team, around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.route()
    world.clock.turn(minutes=11)
    world.sweep()
    world.route()
    assert by_email(world)["a@example.com"].place == "stuck#sales"


def test_a_stuck_lead_moves_on_when_the_configuration_lets_it(world: Any, around: Any) -> None:
    alone = config({"anna": 1}, deadlines=QUICK)
    apply_config(alone, around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.route()
    world.clock.turn(minutes=11)
    world.sweep()
    world.route()
    assert by_email(world)["a@example.com"].place == "stuck#sales"
    both = config({"anna": 1, "bo": 1}, deadlines=QUICK)
    apply_config(both, around)
    assert by_email(world)["a@example.com"].owner == "bo"
    assert problems(Books(world.items()), both) == []


def test_a_pool_that_cannot_commit_keeps_no_other_from_it(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One lead the table refuses: its own pool goes on without it, and so does the sweep."""
    team = config({"anna": 1, "bo": 1}, more=TWO_POOLS)
    apply_config(team, around)
    leads = capture(around, 5) + capture(around, 3, company="Big")
    poison = leads[2].lead_id
    call = BaseClient._make_api_call

    def refuse(client: Any, operation: str, arguments: Any) -> Any:
        if operation == "TransactWriteItems" and poison in str(arguments):
            error = {"Code": "ValidationException", "Message": "too large"}
            raise ClientError({"Error": error}, operation)
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    routed = route_leads(leads, around)
    assert (routed.assigned, routed.refused, routed.unsettled) == (7, 1, [])
    world.clock.turn(minutes=16)
    swept = world.sweep()
    assert swept["reclaimed"] == 7
    assert swept["finished"]


def test_a_pool_that_is_always_contended_keeps_no_other_from_it(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = config({"anna": 1, "bo": 1}, more=TWO_POOLS)
    apply_config(team, around)
    leads = capture(around, 2) + capture(around, 2, company="Big")
    commit = routing_store.commit

    def refuse(plan: Any, attempt: str) -> Any:
        if plan.entry.pool_id == "sales":
            return routing_store.Refused(frozenset())
        return commit(plan, attempt)

    monkeypatch.setattr(routing_store, "commit", refuse)
    routed = route_leads(leads, around)
    assert routed.assigned == 2
    assert sorted(routed.unsettled) == sorted(lead.lead_id for lead in leads[:2])


def test_an_alert_that_could_not_be_sent_is_tried_again_at_once(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that failed holds nothing back: only one that died does, for a while."""
    apply_config(config({"anna": 1}), around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.route()
    call, left = BaseClient._make_api_call, [1]

    def throttled(client: Any, operation: str, arguments: Any) -> Any:
        if operation == "SendEmail" and left[0]:
            left[0] -= 1
            error = {"Code": "TooManyRequestsException", "Message": "slow down"}
            raise ClientError({"Error": error}, operation)
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", throttled)
    assert len(world.alert()["batchItemFailures"]) == 1
    assert world.alert() == {"batchItemFailures": []}
    assert len(world.mails()) == 1


def test_an_alert_that_comes_too_late_is_not_sent(world: Any, around: Any) -> None:
    """Alerts were down while the lead moved on: only who has it now hears of it."""
    apply_config(config({"anna": 2, "bo": 1}, deadlines=QUICK), around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.route()
    world.clock.turn(minutes=11)
    world.sweep()
    world.route()
    world.alert()
    assert [mail["To"] for mail in world.mails()] == [["bo@example.com"]]


def test_a_configuration_gets_through_while_leads_keep_coming(world: Any, around: Any) -> None:
    """Twelve busy pools, each taking turns all the time, and a change to all of them."""
    names = [f"pool{n}" for n in range(12)]
    rules = [{"name": name, "when": {"product": name}, "pool": name} for name in names]

    def team(weight: int) -> Any:
        members = {"anna": weight, "bo": 1}
        pools = {name: {"members": members} for name in names}
        more = {"pools": pools, "rules": [*rules, {"name": "rest", "pool": "pool0"}]}
        return config(members, more=more)

    apply_config(team(1), around)
    stop = threading.Event()

    def traffic() -> None:
        while not stop.is_set():
            for name in names:
                route_leads(capture(real(), 1, product=name), real())

    thread = threading.Thread(target=traffic)
    thread.start()
    try:
        assert apply_config(team(3), real()).version == 2
    finally:
        stop.set()
        thread.join()
    assert problems(Books(world.items()), team(3)) == []


def test_where_somebody_is_always_at_a_pool_each_turn_is_taken_by_itself(
    world: Any, around: Any, monkeypatch: Any
) -> None:
    team = config({"anna": 1, "bo": 1})
    apply_config(team, around)
    leads = capture(around, 1)
    reading = routing_store.read("sales", ["anna", "bo"])
    planned = plan(active(team), "sales", reading.known, [Ruled(leads[0], "r")], around.now())
    activate = config_store.activate

    def contended(new: Any, before: Any, entries: Any, *more: Any, **others: Any) -> Any:
        if entries:
            raise ConflictError("somebody took a turn")
        return activate(new, before, entries, *more, **others)

    monkeypatch.setattr(config_store, "activate", contended)
    assert apply_config(config({"anna": 5, "bo": 1}), around).version == 2
    assert routing_store.commit(planned, "a") is not None


def test_removing_a_pool_fences_its_plans(world: Any, around: Any) -> None:
    """A plan made for a pool that is gone by now must not be committed."""
    team = config({"anna": 1, "bo": 1}, more=TWO_POOLS)
    apply_config(team, around)
    leads = capture(around, 1, company="Big")
    reading = routing_store.read("vip", ["bo"])
    ruled = [Ruled(leads[0], "important")]
    planned = plan(active(team), "vip", reading.known, ruled, around.now())
    apply_config(config({"anna": 1}), around)
    assert routing_store.commit(planned, "a") is not None
    assert world.items()


@pytest.mark.parametrize("how", ["switched off", "removed", "renamed"])
@pytest.mark.parametrize("policy", [{"existing_owner": {"by": ["email"]}}, {}])
def test_who_is_out_gets_no_lead_either_from_outside_the_pool(
    world: Any, around: Any, policy: dict[str, Any], how: str
) -> None:
    """A plan may give a lead to whoever knows the customer, or whom a manager names."""
    known = {"members": {"anna": 1}, **policy}
    both, sales = {"anna": 1, "bo": 1}, {"pools": {"sales": known}}
    before = config(both, more=sales)
    after = config({"anna": 1}, more=sales)
    if how == "switched off":
        after = config(both, limits={"bo": {"active": False}}, more=sales)
    if how == "renamed":
        after = before.model_copy(
            update={"reps": {"anna": before.reps["anna"], "bodahl": before.reps["bo"]}}
        )
    apply_config(before, around)
    leads = capture(around, 1)
    reading = routing_store.read("sales", ["anna"])
    planned = plan(active(before), "sales", reading.known, [Ruled(leads[0], "r")], around.now())
    apply_config(after, around)
    assert routing_store.commit(planned, "a") is not None


def test_the_order_of_members_is_part_of_the_configuration(world: Any, around: Any) -> None:
    assert apply_config(config({"anna": 1, "bo": 1}), around).version == 1
    assert apply_config(config({"bo": 1, "anna": 1}), around).version == 2
    assert list(config_store.active().config.pools["sales"].members) == ["bo", "anna"]


def test_a_stored_version_keeps_its_meaning(world: Any, around: Any) -> None:
    """Whatever a later release takes for its defaults, or for a valid address."""
    import zlib

    apply_config(config({"anna": 1}), around)
    (item,) = (item for item in world.items() if item["sk"]["S"] == "v#00000001")
    body = zlib.decompress(item["body"]["B"]).decode()
    assert '"reclaim_after":900' in body
    stricter = body.replace("anna@example.com", "no address at all").encode()
    from shared.domain.config import Config
    from shared.domain.notation import STORED

    assert Config.model_validate_json(stricter, context=STORED).reps["anna"].email


def test_a_batch_of_huge_leads_is_committed_in_portions(around: Any) -> None:
    """DynamoDB takes 4 MB in one transaction; the emulator does not say so."""
    huge = [Ruled(new_lead(f"l{n}", around.now(), message="x" * 60_000), "r") for n in range(60)]
    sizes = [len(portion) for portion in routing_store.portions(huge, 10)]
    assert sum(sizes) == 60
    assert max(sizes) * 60_000 * 3 <= 4_000_000
    small = [Ruled(new_lead(f"l{n}", around.now()), "r") for n in range(200)]
    assert [len(portion) for portion in routing_store.portions(small, 10)] == [89, 89, 22]


def test_a_throttled_capture_is_tried_again(
    world: Any, around: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_config(config({"anna": 1}), around)
    call, left = BaseClient._make_api_call, [2]

    def throttled(client: Any, operation: str, arguments: Any) -> Any:
        if operation == "TransactWriteItems" and left[0]:
            left[0] -= 1
            reasons = [{"Code": "ThrottlingError"}, {"Code": "None"}]
            error = {"Code": "TransactionCanceledException", "Message": "x"}
            raise ClientError({"Error": error, "CancellationReasons": reasons}, operation)
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", throttled)
    assert world.post(b'{"email": "a@example.com"}', "1")["statusCode"] == 201


def test_a_log_that_makes_no_sense_delays_only_itself(world: Any, around: Any) -> None:
    apply_config(config({"anna": 1}), around)
    world.post(b'{"email": "a@example.com"}', "1")
    world.post(b'{"email": "b@example.com"}', "2")
    first, second = world.for_routing()
    log = first["dynamodb"]["NewImage"]["log"]["L"]
    log.append({"S": f'{{"step":"{Step.ACCEPTED}","at":"2026-03-02T09:00:00.000Z"}}'})
    assert world.route([first, second]) == {"batchItemFailures": []}
    assert by_email(world)["b@example.com"].owner == "anna"


def test_not_even_debug_logs_requests() -> None:
    """At DEBUG, AWS's libraries log what they send: addresses, names, secrets."""
    for library in ("botocore", "boto3", "urllib3", "pynamodb"):
        assert not logging.getLogger(f"{library}.anything").isEnabledFor(logging.DEBUG)
