"""The configuration in the table: numbered versions, and which one is active."""

import time
import zlib
from collections.abc import Sequence
from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from shared.domain.config import ActiveConfig, Config
from shared.domain.ledger import Entry
from shared.domain.moments import to_text
from shared.domain.notation import STORED
from shared.errors import ConfigError, NotFoundError, StoreBusyError
from shared.store.codec import entry_to_item
from shared.store.faults import translated
from shared.store.table import ConfigItem, TurnItem, connection, table_name

# A version is stored in as many items as it takes, in the transaction that activates it.
MAX_PART_BYTES = 380_000  # an item ends at 400 KB
MAX_ACTIONS = 100  # of one transaction
MAX_BYTES = 3_900_000  # likewise, of 4 MB
MOST_VERSIONS = 16  # kept in one process

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
        _versions[key] = Config.model_validate_json(body, context=STORED)
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
) -> int:
    """Store a configuration as the next version and activate it, atomically; answers its number.

    `before` is what it replaces (None: it is the first). Each pool it changes gets a ledger entry
    in the same transaction, so that a plan made with the version before cannot be committed after
    it. `pepper` is used by the first version, and kept by all after it. ConflictError when
    something moved meanwhile: read again and retry.
    """
    body = zlib.compress(config.model_dump_json().encode(), 9)
    turns = [entry_to_item(entry, attempt) for entry in changed_pools]
    _require_room(body, turns)
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
    return number


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


def _require_room(body: bytes, turns: Sequence[TurnItem]) -> None:
    """ConfigError with everything that one transaction has no room for."""
    problems = []
    most_pools = MAX_ACTIONS - 1 - len(_parts(body))  # the head is one, too
    most_bytes = MAX_BYTES - sum(len(str(turn.serialize()).encode()) for turn in turns)
    if len(body) > most_bytes:
        problems.append(
            f"the configuration is {len(body)} bytes compressed, at most {most_bytes} fit;"
            " its tables are most of it"
        )
    elif len(turns) > most_pools:
        problems.append(
            f"pools: {len(turns)} pools change at once, at most {most_pools} can;"
            " apply the change in steps"
        )
    if problems:
        raise ConfigError(problems)
