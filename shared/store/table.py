"""The table: what its items look like, and the one connection to it.

| item   | pk             | sk                   | what it is                                     |
|--------|----------------|----------------------|------------------------------------------------|
| lead   | `lead#<id>`    | `lead`               | fields, log, and projections of the log        |
| alert  | `lead#<id>`    | `alert#<change>`     | which messages about a change have gone out;   |
|        | `cap#<name>`   | `alert#<period>#…`   | likewise of a cap, and of a return             |
|        | `digest#<rep>` | `alert#<day>`        | likewise of what waits for a rep               |
|        | `person#<hash>`| `alert#<nonce>`      | likewise of a link to sign in with             |
|        | `mail#<rep>`   | `alert#<moment>`     | likewise of an address that takes none         |
| deliver| `delivery#<id>`| `delivery`           | a message by another channel than e-mail       |
| raw    | `lead#<id>`    | `raw`                | quarantined: the body as it came               |
| consent| `lead#<id>`    | `consent`            | the evidence that the person agreed            |
| return | `lead#<id>`    | `return`             | its seller takes it back, or asks to           |
| about  | `lead#<id>`    | `about#<hash>`       | whom it is about, to be found by its place;    |
|        |                | `about#bodies`       | its body as it came names several people       |
| guard  | `guard#<hash>` | `guard`              | a submission, or a person, seen lately         |
| cap    | `cap#<name>`   | `<period>`           | what a partner has sold in a period            |
| ping   | `ping#<id>`    | `ping`               | a price promised, and the caps it holds        |
| rep    | `rep#<id>`     | `rep`                | counters and pause                             |
| tie    | `tie#<hash>`   | `tie`                | whose a person or company is                   |
| rate   | `pool#<id>`    | `performance`        | the members' measured performance              |
| seen   | `pool#<id>`    | `waiting`            | the version its waiting leads were seen with   |
| baton  | `pool#<id>`    | `baton`              | which router works on its leads                |
| turn   | `pool#<id>`    | `turn#<number>`      | one entry of a pool's ledger                   |
| link   | `person#<hash>`| `link#<slot>`        | a mailed link to sign in with                  |
| session| `person#<hash>`| `session#<id>`       | somebody who is signed in, on one device       |
| denied | `denied#<who>` | `<id>`               | what somebody asked for and may not have       |
| mail   | `mail`         | `refusals`           | whose address takes no mail                    |
| config | `config`       | `head`, `v#<number>` | the active version's number; every version,    |
|        |                | `v#<number>#part<n>` | and what one item has no room for              |

Two sparse indexes, keys only: `due` (what the sweep must look at, sharded by lead; and a partner's
open pings, by their end) and `place` (the list a lead lies in: a rep's, a pool's parked leads,
quarantine; and the returns that wait for a manager).
"""

import json
import os
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

DUE_SHARDS = 8


class DueIndex(GlobalSecondaryIndex["Item"]):  # type: ignore[no-untyped-call]
    """What the sweep must look at, oldest first."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class PlaceIndex(GlobalSecondaryIndex["Item"]):  # type: ignore[no-untyped-call]
    """Where leads lie, oldest first."""

    class Meta:
        index_name = "place"
        projection = KeysOnlyProjection()

    place = UnicodeAttribute(hash_key=True)
    placed_at = UnicodeAttribute(range_key=True)


class Item(Model):
    """What every item has."""

    class Meta:
        table_name = os.environ.get("TABLE_NAME", "leadwheel")
        region = os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
        host = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
        # A form's visitor waits for the answer: give up early and try again, rather than hang.
        connect_timeout_seconds = 1
        read_timeout_seconds = 2
        max_retry_attempts = 2
        max_pool_connections = 32

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)  # epoch seconds; TTL deletes late, readers check
    due = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    placed_at = UnicodeAttribute(null=True)
    by_due = DueIndex()
    by_place = PlaceIndex()


# Letters as they are and no spaces: every KB is paid for, and so is every encoder made anew.
compact_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CompactJSONAttribute(JSONAttribute):
    """JSON in as few bytes as it takes."""

    def serialize(self, value: Any) -> str | None:
        """The value as stored."""
        return None if value is None else compact_json(value)


class LeadItem(Item):
    """A lead. `fields` and the records of `log` are JSON text; the rest follows from the log."""

    source = UnicodeAttribute()
    fields = CompactJSONAttribute()
    log: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    status = UnicodeAttribute()
    rev = NumberAttribute()
    owner = UnicodeAttribute(null=True)
    acceptable = NumberAttribute(null=True)  # see `shared.store.codec`


class RawItem(Item):
    """What was sent, byte by byte; `part` is which of its leads it stands for, counted from 0."""

    raw = BinaryAttribute(legacy_encoding=False)
    content_type = UnicodeAttribute(null=True)
    part = NumberAttribute(null=True)
    leads = NumberAttribute(null=True)  # how many it tells of, as far as it could be read


class ConsentItem(Item):
    """The evidence that a person agreed; written once, never changed."""

    evidence = CompactJSONAttribute()
    at = UnicodeAttribute()


class GuardItem(Item):
    """A submission seen lately, the same key with the same body being the same lead; or a person.

    It counts until `expires_at`, whenever it is deleted.
    """

    body_hash = UnicodeAttribute()
    lead_id = UnicodeAttribute()
    at = NumberAttribute(null=True)  # epoch milliseconds


class CapItem(Item):
    """What a cap has counted in one period; money in ten-thousandths."""

    leads = NumberAttribute(null=True)
    money = NumberAttribute(null=True)
    most_leads = NumberAttribute(null=True)
    most_money = NumberAttribute(null=True)


class PingItem(Item):
    """A price promised for a lead to come: open, until it is used or its time is over."""

    state = UnicodeAttribute()  # "open", "used", "over"
    partner = UnicodeAttribute()
    fields = CompactJSONAttribute()
    sale = CompactJSONAttribute()  # as in a lead's record
    ends_at = UnicodeAttribute()
    body_hash = UnicodeAttribute()
    lead_id = UnicodeAttribute(null=True)  # who used it
    unsaid = CompactJSONAttribute(null=True)  # names of fields; releases before had none


class ReturnItem(Item):
    """A lead's return: asked for, approved or refused."""

    state = UnicodeAttribute()  # "requested", "approved", "refused"
    partner = UnicodeAttribute()
    reason = UnicodeAttribute()
    note = UnicodeAttribute(null=True)
    at = UnicodeAttribute()
    sale = CompactJSONAttribute()  # as in the lead's record
    decided_at = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)
    why = UnicodeAttribute(null=True)  # it was refused


class RepItem(Item):
    """A rep's counters. Attributes that are absent count as zero, or as not paused.

    `seq` is bumped by whatever takes capacity, and is the fence of every plan. What gives capacity
    back leaves it: a plan made before is as good after.
    """

    seq = NumberAttribute(null=True)
    open = NumberAttribute(null=True)
    load = NumberAttribute(null=True)
    value = NumberAttribute(null=True)
    held: MapAttribute[str, Any] = MapAttribute(null=True)  # type: ignore[no-untyped-call]  # see `Workload.held`
    tallies = CompactJSONAttribute(null=True)
    paused = BooleanAttribute(null=True)
    paused_until = UnicodeAttribute(null=True)
    freed_at = UnicodeAttribute(null=True)  # set when capacity came free: routing listens for it


class RoutingRead(RepItem):
    """A rep's counters, the head of the configuration, or a tie: routing reads them in one call."""

    version = NumberAttribute(null=True)
    rep = UnicodeAttribute(null=True)
    lead_id = UnicodeAttribute(null=True)
    last = UnicodeAttribute(null=True)
    earlier = UnicodeAttribute(null=True)
    until = UnicodeAttribute(null=True)
    factors = CompactJSONAttribute(null=True)


class TieItem(Item):
    """Whose a person or company is, since which lead; see `shared.domain.owners`."""

    rep = UnicodeAttribute()
    lead_id = UnicodeAttribute()
    last = UnicodeAttribute(null=True)  # of the further leads
    earlier = UnicodeAttribute(null=True)  # the further ones before that, with a space between
    until = UnicodeAttribute()


class RateItem(Item):
    """The members' performance as last measured; see `shared.domain.performance`."""

    factors = CompactJSONAttribute()
    at = UnicodeAttribute()
    config_version = NumberAttribute()


class TurnItem(Item):
    """One entry of a pool's ledger; see `shared.domain.ledger` for the two texts."""

    leads = NumberAttribute()
    config_version = NumberAttribute()
    at = UnicodeAttribute()
    standings = UnicodeAttribute()
    lines = UnicodeAttribute(null=True)
    weightings = UnicodeAttribute(null=True)
    settled = UnicodeAttribute(null=True)
    tallies = CompactJSONAttribute(null=True)
    attempt = UnicodeAttribute()  # whose write it is: recognises our own after a lost answer


class BatonItem(Item):
    """Which router works on a pool, and until when at most; see `shared.store.baton`."""

    router = UnicodeAttribute(null=True)
    until = NumberAttribute(null=True)  # epoch milliseconds


class ConfigItem(Item):
    """The number of the active version (`head`), or one version, compressed."""

    version = NumberAttribute()
    pepper = BinaryAttribute(null=True, legacy_encoding=False)  # head: see ActiveConfig
    pools: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)  # head: ever known
    partners: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)  # likewise
    body = BinaryAttribute(null=True, legacy_encoding=False)
    parts = NumberAttribute(null=True)  # of a version that takes several items
    at = UnicodeAttribute(null=True)


class SignInLinkItem(Item):
    """A mailed link to sign in with: of the kind `sign_in`, or `decoy`, which nobody is sent."""

    nonce = UnicodeAttribute()
    ends_at = UnicodeAttribute()
    used_at = UnicodeAttribute(null=True)


class SessionItem(Item):
    """Somebody who is signed in, on one device, until then or until somebody ends it."""

    created_at = UnicodeAttribute()
    seen_at = UnicodeAttribute()  # to the day or so
    ends_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)
    push = CompactJSONAttribute(null=True)  # the device rings; see `shared.domain.push`
    push_since = UnicodeAttribute(null=True)


class DeniedItem(Item):
    """Something that was denied to somebody; the id in its key says when."""

    right = UnicodeAttribute()  # see `shared.domain.access`
    outcome = UnicodeAttribute()  # "forbidden", "not_found"
    lead_id = UnicodeAttribute(null=True)  # as they named it; there may be none


class DeliveryItem(Item):
    """A message by another channel than e-mail; see `shared.domain.deliveries`."""

    lead_id = UnicodeAttribute()
    n = NumberAttribute()
    channel = UnicodeAttribute()
    rep = UnicodeAttribute(null=True)
    state = UnicodeAttribute()  # "waiting", "sent", "needless", "dead"
    attempts = NumberAttribute()
    code = UnicodeAttribute(null=True)  # why the latest attempt failed


class RefusalsItem(Item):
    """Whose address takes no mail; see `shared.domain.bounces`."""

    number = NumberAttribute()  # counts its changes
    people = CompactJSONAttribute()


class AlertItem(Item):
    """Which messages about one change have gone out, and who is sending the rest until when."""

    done: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    claimed_until = NumberAttribute(null=True)  # epoch milliseconds
    claim = UnicodeAttribute(null=True)


def connection() -> Connection:
    """The connection all models share: a second client would cost 50 ms and a second pool."""
    return Item._get_connection().connection  # noqa: SLF001 (pynamodb has no public way)


def connect(table_name: str, *, region: str, host: str | None) -> None:
    """Point every model at a table. Functions do not need it: their environment names the table."""
    settings: Any = Item.Meta
    before = Item._connection  # noqa: SLF001 (likewise)
    stays = before is not None and (settings.region, settings.host) == (region, host)
    settings.table_name, settings.region, settings.host = table_name, region, host
    Item._connection = None  # noqa: SLF001
    new = connection()
    if before is not None and stays:  # another table in the same place: the same client will do
        new._client = before.connection._client  # noqa: SLF001


def table_name() -> str:
    """The table this process is connected to."""
    return str(Item.Meta.table_name)


def lead_key(lead_id: str) -> str:
    """The partition of a lead and of everything about it."""
    return f"lead#{lead_id}"


def shard_of(lead_id: str) -> str:
    """The due shard of a lead: by its last characters, which are chance."""
    return f"due#{sum(lead_id[-4:].encode()) % DUE_SHARDS}"


def shards() -> list[str]:
    """All due shards."""
    return [f"due#{n}" for n in range(DUE_SHARDS)]
