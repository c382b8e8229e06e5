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

# 100 actions in one transaction, less the version and the head.
MAX_POOLS_AT_ONCE = 98
MAX_BODY_BYTES = 380_000  # an item ends at 400 KB

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
        with translated():
            try:
                item = ConfigItem.get("config", version_key(number), consistent_read=True)
            except DoesNotExist as missing:
                raise NotFoundError(f"there is no version {number}") from missing
        _versions[key] = Config.model_validate_json(
            zlib.decompress(item.body or b""), context=STORED
        )
    return _versions[key]


def version_key(number: int) -> str:
    """The sort key of a version."""
    return f"v#{number:08d}"


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
    problems = []
    if len(changed_pools) > MAX_POOLS_AT_ONCE:
        problems.append(
            f"pools: {len(changed_pools)} pools change at once, at most {MAX_POOLS_AT_ONCE} can;"
            " apply the change in steps"
        )
    if len(body) > MAX_BODY_BYTES:
        problems.append(
            f"the configuration is {len(body)} bytes compressed, at most {MAX_BODY_BYTES} fit"
        )
    if problems:
        raise ConfigError(problems)
    number = before.version + 1 if before else 1
    pools = dict.fromkeys([*(before.known_pools if before else ()), *config.pools])
    partners = dict.fromkeys([*(before.known_partners if before else ()), *config.partners])
    stored = ConfigItem(
        "config", version_key(number), kind="config", version=number, body=body, at=to_text(now)
    )
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
        transaction.save(stored, condition=free)
        transaction.save(head, condition=replaces)
        for entry in changed_pools:
            item = entry_to_item(entry, attempt)
            transaction.save(item, condition=TurnItem.pk.does_not_exist())
    return number
