"""What does not fit together in a configuration: what no part of it can see alone.

Everything here would break routing, or be left out of it without a word; so that it is refused,
whoever applies it. What only looks wrong is for `leadwheel check`.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.alerting import alert_misfits
from shared.domain.cells import read_cell
from shared.domain.channels import MAIL, MAILED, RINGING, Notice
from shared.domain.conditions import When
from shared.domain.duplicates import most_marks
from shared.domain.leads import Step
from shared.domain.personal import is_personal
from shared.domain.pools import OFFERING, Claims, Clock, Performance, Pool, Strategy
from shared.domain.sources import Partner, Source
from shared.domain.stages import stage_misfits
from shared.domain.tables import Table

if TYPE_CHECKING:
    from shared.domain.config import Config, Rep

Place = tuple[str | int, ...]  # the keys, and numbers in lists, that lead there

ALL = frozenset(Strategy)
BLIND = frozenset({Strategy.OPEN, Strategy.MANUAL})  # that never compare the members

# What records name others by: whoever holds the admin token, an administrator or the top manager
# whom no id names, and whoever came by a link that was mailed.
NO_REPS = frozenset({"administrator", "api", "link", "manager"})

# DynamoDB's transactions have 100 items at most; ten are for the lead, its request, its consent.
MOST_BESIDE_A_LEAD = 90
# A turn's entry in a pool's ledger has a line for each, and ends at 400 KB; these need half of it.
MOST_MEMBERS = 2000


class Misfit(NamedTuple):
    """What does not fit, and where."""

    place: Place
    message: str


class MisfitsError(ValueError):
    """Everything that does not fit together."""

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        self.misfits = list(misfits)
        told = (f"{'.'.join(map(str, place))}: {message}" for place, message in self.misfits)
        super().__init__("; ".join(told))


def misfits(config: "Config") -> Iterator[Misfit]:
    """All of them."""
    yield from _people(config)
    yield from _channels(config)
    for pool_id, pool in config.pools.items():
        yield from _pool(config, ("pools", pool_id), pool)
    yield from _circles(config.pools)
    yield from _conditions(config)
    yield from _rules(config)
    for table_id, table in config.tables.items():
        yield from _table(("tables", table_id), table, config.pools)
    yield from _sources(config)


def _known(place: Place, named: str | None, there: Container[str], what: str) -> Iterator[Misfit]:
    """A reference to something that must be there; `what` and its section, as in `pool … pools`."""
    if named is not None and named not in there:
        one, _, section = what.partition(" ")
        yield Misfit(place, f"there is no {one} {named!r} under {section}")


# ── Reps and hours ───────────────────────────────────────────────────────────────────────────────


def _people(config: "Config") -> Iterator[Misfit]:
    for rep_id, rep in config.reps.items():
        if rep_id in NO_REPS:
            message = "is how the log of a lead names somebody else; give the rep another id"
            yield Misfit(("reps", rep_id), message)
        yield from _known(("reps", rep_id, "hours"), rep.hours, config.hours, "hours hours")
        yield from _notices(config, ("reps", rep_id, "alerts"), rep.alerts, phone=rep.phone)
        for field, message in alert_misfits(rep):
            yield Misfit(("reps", rep_id, *field), message)
        yield from _mails(config, ("reps", rep_id), rep)
    for hours_id, hours in config.hours.items():
        for number, named in enumerate(hours.holidays):
            place = "hours", hours_id, "holidays", number
            yield from _known(place, named, config.holidays, "holidays holidays")
    for manager_id, manager in config.managers.items():
        for number, pool_id in enumerate(manager.pools):
            place = "managers", manager_id, "pools", number
            yield from _known(place, pool_id, config.pools, "pool pools")
    for value, role in config.sign_in.roles.items():
        there = "sign_in", "roles", value
        yield from _known((*there, "rep"), role.rep, config.reps, "rep reps")
        yield from _known((*there, "manager"), role.manager, config.managers, "manager managers")


def _channels(config: "Config") -> Iterator[Misfit]:
    if MAIL in list(config.channels):  # not: what may be meant by a section that cannot be read
        message = "is what every rep has beside channels; give this one another name"
        yield Misfit(("channels", MAIL), message)


def _mails(config: "Config", place: Place, rep: "Rep") -> Iterator[Misfit]:
    """Mails that there are not; and a rep who would not hear that they have a lead."""
    if rep.mail_on is None:
        return
    for number, step in enumerate(rep.mail_on):
        if step not in MAILED:
            message = f"no mail is about that; there are: {', '.join(MAILED)}"
            yield Misfit((*place, "mail_on", number), message)
    read = {channel_id for channel_id, one in config.channels.items() if one.kind in RINGING}
    at_once = (
        one
        for one in rep.alerts
        if one.channel in read and one.after is None and one.when_fails is None
    )
    if not any(Step.ASSIGNED in on for on in (rep.mail_on, *(one.on for one in at_once))):
        message = (
            "nothing would tell the rep of a new lead at once; add assigned, here or to one of"
            " the rep's `alerts` to a chat or a phone, without `after` and `when_fails`"
        )
        yield Misfit((*place, "mail_on"), message)


def _notices(
    config: "Config", place: Place, notices: Sequence[Notice], *, phone: str | None
) -> Iterator[Misfit]:
    """Channels that are not there, or could reach nobody; `phone` is that of who is told."""
    for number, notice in enumerate(notices):
        there = (*place, number, "channel")
        yield from _known(there, notice.channel, config.channels, "channel channels")
        channel = config.channels.get(notice.channel)
        if channel and channel.kind == "sms" and phone is None:
            whose = "the rep has no `phone`" if place[0] == "reps" else "a pool has no phone"
            yield Misfit(there, f"sends SMS, and {whose}")
        if channel and channel.kind == "push" and place[0] == "pools":
            message = "rings a rep's own devices; name it under the `alerts` of the reps"
            yield Misfit(there, message)
    pushing = {channel_id for channel_id, one in config.channels.items() if one.kind == "push"}
    ringing = list(dict.fromkeys(one.channel for one in notices if one.channel in pushing))
    if place[0] == "reps" and len(ringing) > 1:
        message = f"a device rings through one channel only; there are: {', '.join(ringing)}"
        yield Misfit(place, message)


# ── Pools ────────────────────────────────────────────────────────────────────────────────────────


def _pool(config: "Config", place: Place, pool: Pool) -> Iterator[Misfit]:
    for rep in pool.members:
        if rep not in config.reps:
            message = "there is no rep with this id under reps"
            yield Misfit((*place, "members", rep), message)
    if not pool.members:
        yield Misfit((*place, "members"), "a pool needs at least one member")
    if (count := len(pool.members)) > MOST_MEMBERS:
        message = f"a pool has at most {MOST_MEMBERS:,} members, and this one has {count:,}"
        yield Misfit((*place, "members"), message)
    yield from _known((*place, "hours"), pool.hours, config.hours, "hours hours")
    yield from _known((*place, "duty_pool"), pool.duty_pool, config.pools, "pool pools")
    yield from _notices(config, (*place, "notify"), pool.notify, phone=None)
    if pool.then:
        yield from _known((*place, "then", "pool"), pool.then.pool, config.pools, "pool pools")
    for field, message in _options(pool):
        yield Misfit((*place, *field), message)


def _options(pool: Pool) -> Iterator[tuple[Place, str]]:
    """Options that are never looked at here, so that leads would go against them."""
    yield from _of_offers(pool)
    yield from _of_shares(pool)
    yield from stage_misfits(pool)
    if pool.deadlines.clock is Clock.POOL and pool.hours is None:
        message = "the pool has no hours for it to run by; name them: `hours`"
        yield ("deadlines", "clock"), message
    if pool.off_hours == "assign" and pool.duty_pool is not None:
        message = "is never asked: with `off_hours: assign` leads go to who is off shift; drop one"
        yield ("duty_pool",), message


def _of_offers(pool: Pool) -> Iterator[tuple[Place, str]]:
    is_never_open = pool.strategy in ALL - {Strategy.OPEN} and not pool.opens_late
    if is_never_open and pool.claims != Claims():
        message = "nobody claims leads here; only a pool of the strategy open knows it"
        yield ("claims",), message
    if is_never_open and pool.strategy not in OFFERING and pool.offer_for is not None:
        message = "nothing is offered here; only the strategies open and shotgun know it"
        yield ("offer_for",), message
    if pool.strategy in BLIND:
        message = f"a pool that is {pool.strategy} compares nobody, and never asks it"
        yield from (((field,), message) for field in ("match", "tiers") if getattr(pool, field))


def _of_shares(pool: Pool) -> Iterator[tuple[Place, str]]:
    strategies = {pool.strategy, pool.split.strategy if pool.split else pool.strategy}
    if pool.split and strategies <= ALL and len(strategies) == 1:
        message = f"the pool is {pool.strategy} already; name another strategy, or leave it out"
        yield ("split",), message
    if strategies <= ALL - {Strategy.PERFORMANCE} and pool.performance != Performance():
        message = "is measured for nothing; make it the strategy, or that of the split"
        yield ("performance",), message
    by = pool.performance.by
    if by is not None and is_personal(by):
        message = (
            f"{by} says who a person is, and nobody is measured by that;"
            " name what kind of lead it is, as in product"
        )
        yield ("performance", "by"), message
    if strategies <= ALL - {Strategy.LEAST_LOADED} and pool.load in {"points", "value"}:
        yield ("load",), "only the strategy least_loaded compares what members hold"


def _circles(pools: Mapping[str, Pool]) -> Iterator[Misfit]:
    """Where leads would be passed on for ever: one pool, or several in a circle; each told once."""
    done: set[str] = set()
    for start in pools:
        way = [start] if start not in done else []
        edges = [_next_pools(pools, start)]
        while way:
            field, target = next(edges[-1], (None, ""))
            if field is None:
                done.add(way.pop())
                edges.pop()
            elif target in way:
                yield _circle(pools, way[way.index(target) :])
            elif pools.get(target) is not None and target not in done:
                way.append(target)
                edges.append(_next_pools(pools, target))


def _next_pools(pools: Mapping[str, Pool], pool_id: str) -> Iterator[tuple[Place, str]]:
    """Where a pool passes leads on to, each after the key that says so."""
    pool = pools[pool_id]
    targets: dict[str, Place] = {pool.then.pool: ("then", "pool")} if pool.then else {}
    if pool.duty_pool is not None:
        targets.setdefault(pool.duty_pool, ("duty_pool",))
    return ((field, target) for target, field in targets.items())


def _circle(pools: Mapping[str, Pool], around: list[str]) -> Misfit:
    last, first = around[-1], around[0]
    field = next(field for field, target in _next_pools(pools, last) if target == first)
    if len(around) == 1:
        return Misfit(("pools", last, *field), "the pool would pass leads on to itself")
    circle = " → ".join([*around, first])
    message = f"leads would go round for ever: {circle}; let the last one keep them"
    return Misfit(("pools", last, *field), message)


# ── Conditions and rules ─────────────────────────────────────────────────────────────────────────


def each_when(config: "Config") -> Iterator[tuple[Place, When]]:
    """All conditions that are asked when a lead is routed, with their places."""
    for number, rule in enumerate(config.rules):
        yield ("rules", number, "when"), rule.when
    for number, grade in enumerate(config.grades):
        yield ("grades", number, "when"), grade.when
    for number, entry in enumerate(config.score.points if config.score else []):
        yield ("score", "points", number, "when"), entry.when
    for pool_id, pool in config.pools.items():
        if pool.hot is not None:
            yield ("pools", pool_id, "hot"), pool.hot


def _conditions(config: "Config") -> Iterator[Misfit]:
    for place, when in each_when(config):
        for part_place, part in places_of(place, when):
            at = *part_place, "during"
            yield from _known(at, part.during, config.hours, "hours hours")
            if place[0] == "score" and "score" in part.fields:
                message = "there is no score yet: it is what these points add up to"
                yield Misfit((*part_place, "score"), message)


def places_of(place: Place, when: When) -> Iterator[tuple[Place, When]]:
    """Conditions and all the groups in them, however deep, with their places."""
    yield place, when
    for word, groups in (("all", when.every), ("any", when.some)):
        for number, group in enumerate(groups):
            yield from places_of((*place, word, number), group)
    if when.never is not None:
        yield from places_of((*place, "not"), when.never)


def _rules(config: "Config") -> Iterator[Misfit]:
    for number, rule in enumerate(config.rules):
        place = "rules", number
        if rule.table is None:
            yield from _known((*place, "pool"), rule.pool or "", config.pools, "pool pools")
        yield from _known((*place, "table"), rule.table, config.tables, "table tables")
    # One with a table lets go what fits none of its rows.
    catch_alls = [n for n, rule in enumerate(config.rules) if not rule.when and rule.table is None]
    if not catch_alls:
        by_table = bool(config.rules) and not config.rules[-1].when
        message = (
            "the last rule must catch all, and a table lets go what fits none of its rows;"
            " add a rule with only a `pool`"
            if by_table
            else "the last rule must catch all; add one without `when`"
        )
        yield Misfit(("rules",), message)
    elif catch_alls[0] != len(config.rules) - 1:
        message = "catches every lead, so the rules after it never match; move it to the end"
        yield Misfit(("rules", catch_alls[0]), message)


def _table(place: Place, table: Table, pools: Container[str]) -> Iterator[Misfit]:
    """Rows that could not be asked, or lead nowhere; each kind of thing once."""
    width = len(table.columns) + 1
    seen: set[str] = set()
    for number, cells in enumerate(table.cells(), 1):
        if len(cells) != width:
            yield Misfit(
                (*place, "rows"), f"row {number} has {len(cells)} cells instead of {width}"
            )
            return
        *asked, pool = cells
        if pool not in pools:
            yield Misfit((*place, "rows"), f"row {number}: there is no pool {pool!r} under pools")
            return
        for cell in asked:
            if cell.isalnum() or not cell or cell in seen:  # what is plain can be read
                continue
            seen.add(cell)
            try:
                read_cell(cell)
            except ValueError as error:
                yield Misfit((*place, "rows"), f"row {number}: {cell!r} cannot be read: {error}")
                return


# ── Sources ──────────────────────────────────────────────────────────────────────────────────────


def _sources(config: "Config") -> Iterator[Misfit]:
    """What does not fit together between sources and their groups."""
    for place, source in placed_sources(config):
        yield from _known((*place, "group"), source.group or None, config.groups, "group groups")
        if source.duplicates and source.duplicates.scope == "group" and not source.group:
            yield Misfit((*place, "duplicates", "scope"), "the source is in no group")
        group = config.groups.get(source.group or "")
        if (
            isinstance(source, Partner)
            and group
            and source.currency != group.currency
            and any(cap.money is not None for cap in group.caps)
        ):
            message = f"the caps of group {source.group!r} count {group.currency}"
            yield Misfit((*place, "currency"), message)
        yield from _too_much_at_once(config, place, source)


def _too_much_at_once(config: "Config", place: Place, source: Source) -> Iterator[Misfit]:
    """What one transaction could not hold: each cap and each comparison is an item of its own."""
    caps = 0
    if isinstance(source, Partner):
        group = config.groups.get(source.group or "")
        caps = len(source.caps) + (len(group.caps) if group else 0)
    comparisons = most_marks(config, f"{source.kind}#{place[1]}")
    if caps + comparisons > MOST_BESIDE_A_LEAD:
        message = (
            f"a lead from here would count in {caps} caps and be compared in {comparisons} ways,"
            f" and one transaction holds {MOST_BESIDE_A_LEAD} of these together;"
            " name fewer caps, or give sources the same `duplicates`"
        )
        yield Misfit(place, message)


def placed_sources(config: "Config") -> Iterator[tuple[tuple[str, str], Source]]:
    """Every source, after the place in the file where it stands."""
    for section in ("forms", "partners", "hooks"):
        for source_id, source in getattr(config, section).items():
            yield (section, source_id), source
