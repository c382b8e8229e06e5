"""The configuration in the table: numbered versions, and which one is active."""

import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from shared.domain.config import ActiveConfig, Config
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.notation import STORED
from shared.errors import ConfigError, ConflictError, NotFoundError, StoreBusyError
from shared.store.codec import entry_to_item
from shared.store.faults import translated
from shared.store.table import ConfigItem, TurnItem, connection, table_name

# A version is stored in as many items as it takes, in the transaction that activates it.
MAX_PART_BYTES = 380_000  # an item ends at 400 KB
MAX_ACTIONS = 100  # of one transaction
MAX_BYTES = 3_900_000  # likewise, of 4 MB
MOST_VERSIONS = 16  # kept in one process
WAITING = "waiting"  # the item of a pool that says with which version its waiting leads were seen

_versions: dict[tuple[str, int], Config] = {}
_read: dict[str, tuple[float, ActiveConfig]] = {}


def active(max_age: float = 0) -> ActiveConfig:
    """The active configuration; NotFoundError before the first `leadwheel apply`.

    With `max_age` (seconds), what this process read so long ago at most is good enough: capture
    saves a read, and a new form is known everywhere within that time. Routing always asks the
    table.
    """
    table = table_name()
    read_at, known = _read.get(table, (float("-inf"), None))
    if known and time.monotonic() - read_at < max_age:
        return known
    try:
        head = _head()
    except StoreBusyError:
        if known and max_age:  # a little older still, rather than losing a lead
            return known
        raise
    number = int(head.version)
    found = ActiveConfig(
        version=number,
        config=version(number),
        known_pools=tuple(head.pools or ()),
        known_partners=tuple(head.partners or ()),
        pepper=head.pepper or b"",
    )
    _read[table] = (time.monotonic(), found)
    return found


def _head() -> ConfigItem:
    with translated():
        try:
            return ConfigItem.get("config", "head", consistent_read=True)
        except DoesNotExist as missing:
            message = "no configuration is active; run: leadwheel apply FILE"
            raise NotFoundError(message) from missing


def version(number: int) -> Config:
    """One version; versions never change, so each is read and parsed once."""
    key = (table_name(), number)
    if key not in _versions:
        while len(_versions) >= MOST_VERSIONS:
            _versions.pop(next(iter(_versions)), None)
        body = zlib.decompress(_body(number))
        # Keys of a later release are left out: going back must not stop everything. What says
        # nothing without such a key is refused all the same; docs/upgrading.md.
        _versions[key] = Config.model_validate_json(body, context=STORED, extra="ignore")
    return _versions[key]


def _body(number: int) -> bytes:
    """The compressed text of a version: all its parts were written at once, and never change."""
    key = version_key(number)
    with translated():
        try:
            first = ConfigItem.get("config", key, consistent_read=True)
        except DoesNotExist as missing:
            raise NotFoundError(f"there is no version {number}") from missing
        others = [
            ConfigItem.get("config", part_key(number, part), consistent_read=True)
            for part in range(1, int(first.parts or 1))
        ]
    return b"".join(item.body or b"" for item in (first, *others))


def version_key(number: int) -> str:
    """The sort key of a version, and of its first part."""
    return f"v#{number:08d}"


def part_key(number: int, part: int) -> str:
    """The sort key of a version's further parts, counted from 1."""
    return f"{version_key(number)}#part{part}"


def activate(
    config: Config,
    before: ActiveConfig | None,
    changed_pools: Sequence[Entry],
    attempt: str,
    now: datetime,
    *,
    pepper: bytes,
) -> tuple[int, int]:
    """Store a configuration as the next version and activate it, atomically.

    Answers its number, and how many of the changed pools were fenced with it. `before` is what it
    replaces (None: it is the first). Each pool it changes gets a ledger entry in the same
    transaction, as many as fit, so that a plan made with the version before cannot be committed
    after it. `pepper` is used by the first version, and kept by all after it. ConflictError when
    something moved meanwhile: read again and retry.
    """
    body = zlib.compress(config.model_dump_json().encode(), 9)
    turns = _fitting([entry_to_item(entry, attempt) for entry in changed_pools], body)
    number = before.version + 1 if before else 1
    pools = dict.fromkeys([*(before.known_pools if before else ()), *config.pools])
    partners = dict.fromkeys([*(before.known_partners if before else ()), *config.partners])
    stored = _version_items(number, body, now)
    head = ConfigItem(
        "config",
        "head",
        kind="config",
        version=number,
        pools=list(pools),
        partners=list(partners),
        pepper=(before and before.pepper) or pepper,
        at=to_text(now),
    )
    free = ConfigItem.pk.does_not_exist()
    replaces = ConfigItem.version == before.version if before else free
    with translated(), TransactWrite(connection=connection()) as transaction:
        for item in stored:
            transaction.save(item, condition=free)
        transaction.save(head, condition=replaces)
        for turn in turns:
            transaction.save(turn, condition=TurnItem.pk.does_not_exist())
    return number, len(turns)


def fence(entry: Entry, attempt: str) -> None:
    """Take the next turn of a changed pool that had no room in the transaction; ConflictError."""
    with translated():
        entry_to_item(entry, attempt).save(condition=TurnItem.pk.does_not_exist())


def looked_at(pool_ids: Sequence[str]) -> dict[str, int]:
    """The version with which each pool's waiting leads were looked at last; absent: never."""
    keys = [(f"pool#{pool_id}", WAITING) for pool_id in pool_ids]
    with translated():
        found = ConfigItem.batch_get(keys, consistent_read=True)
        return {item.pk.partition("#")[2]: int(item.version) for item in found}


def note_looked_at(pool_id: str, number: int) -> None:
    """Note that a pool's waiting leads were looked at with this version; a later one stands."""
    item = ConfigItem(f"pool#{pool_id}", WAITING, kind=WAITING, version=number)
    older = ConfigItem.pk.does_not_exist() | (ConfigItem.version < number)
    with suppress(ConflictError), translated():
        item.save(condition=older)


def _version_items(number: int, body: bytes, now: datetime) -> list[ConfigItem]:
    parts = _parts(body)
    first = ConfigItem(
        "config",
        version_key(number),
        kind="config",
        version=number,
        body=parts[0],
        parts=len(parts) if len(parts) > 1 else None,
        at=to_text(now),
    )
    others = [
        ConfigItem("config", part_key(number, part), kind="config", version=number, body=content)
        for part, content in enumerate(parts[1:], 1)
    ]
    return [first, *others]


def _parts(body: bytes) -> list[bytes]:
    return [body[start : start + MAX_PART_BYTES] for start in range(0, len(body), MAX_PART_BYTES)]


def _fitting(turns: Sequence[TurnItem], body: bytes) -> list[TurnItem]:
    """As many turns, from the first on, as one transaction has room for beside the version.

    ConfigError: it has no room for the version itself.
    """
    if len(body) > MAX_BYTES:
        raise ConfigError(
            [
                (
                    f"the configuration is {len(body)} bytes compressed, at most {MAX_BYTES} fit;"
                    " its tables are most of it"
                )
            ]
        )
    room = MAX_BYTES - len(body)
    fitting: list[TurnItem] = []
    for turn in turns[: MAX_ACTIONS - 1 - len(_parts(body))]:  # the head is one, too
        room -= len(str(turn.serialize()).encode())
        if room < 0:
            break
        fitting.append(turn)
    return fitting
