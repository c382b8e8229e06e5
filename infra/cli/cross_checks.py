"""What does not fit together in a configuration whose parts are not all valid.

`Config` compares its parts only when each of them is fine. So that one run tells everything, its
own comparison runs here on what can be read, and whatever cannot is taken to fit: that it is wrong
is told already.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from infra.cli.readable import KINDS, each_source, listed, mapping
from shared.domain.config import Config, Pool, Rule
from shared.domain.sources import Cap, Duplicates, Group, Partner, Source

# Stands for a rep or pool that we cannot read. No id has spaces, so it is nobody's.
_SOME = "some or other"


def misfits(document: Mapping[str, Any]) -> list[str]:
    """As `Config` tells them: `rules.1.pool: there is no pool 'slaes' under pools`."""
    reps, pools, rules = (document.get(section) for section in ("reps", "pools", "rules"))
    sources: dict[str, Any] = {section: _sources(document, section) for section in KINDS}
    readable = Config.model_construct(
        reps=dict.fromkeys([*_keys(reps, _members(pools)), _SOME]),
        pools={pool_id: _pool(pools, pool_id) for pool_id in [*_keys(pools, _named(rules)), _SOME]},
        rules=_rules(rules),
        groups=_groups(document),
        **sources,
    )
    return readable._problems()  # noqa: SLF001  (theirs; public it would invite half a Config)


def _keys(section: Any, otherwise: list[str]) -> list[str]:
    """The ids in a section; when it is no section, those that others expect there."""
    return list(section) if isinstance(section, dict) else otherwise


# ── Reps, pools, rules ───────────────────────────────────────────────────────────────────────────


def _members(pools: Any) -> list[str]:
    return [rep for pool_id in _keys(pools, []) for rep in _pool(pools, pool_id).members]


def _named(rules: Any) -> list[str]:
    return [rule.pool for rule in _rules(rules)]


def _pool(pools: Any, pool_id: str) -> Pool:
    pool = pools.get(pool_id) if isinstance(pools, dict) else None
    members = pool.get("members") if isinstance(pool, dict) else None
    return Pool.model_construct(members=members if isinstance(members, dict) else {_SOME: 1})


def _rules(rules: Any) -> list[Rule]:
    if not isinstance(rules, list):
        return [Rule.model_construct(when={}, pool=_SOME)]
    last = len(rules) - 1
    return [_rule(rule, is_last=number == last) for number, rule in enumerate(rules)]


def _rule(rule: Any, *, is_last: bool) -> Rule:
    pool = rule.get("pool") if isinstance(rule, dict) else None
    when = rule.get("when", {}) if isinstance(rule, dict) else None
    if not isinstance(when, dict):
        when = {} if is_last else {_SOME: []}
    return Rule.model_construct(when=when, pool=pool if isinstance(pool, str) else _SOME)


# ── Sources and groups ───────────────────────────────────────────────────────────────────────────


def _sources(document: Mapping[str, Any], section: str) -> dict[str, Source]:
    return {
        source_id: _source(KINDS[section], source, document)
        for source_id, source in mapping(document.get(section)).items()
        if isinstance(source, dict)
    }


def _source(kind: type[Source], source: Mapping[str, Any], document: Mapping[str, Any]) -> Source:
    group, duplicates = source.get("group"), source.get("duplicates")
    if group is not None and not isinstance(group, str):
        group = duplicates = None
    said: dict[str, Any] = {"group": group, "duplicates": None}
    if isinstance(duplicates, dict):
        said["duplicates"] = Duplicates.model_construct(scope=duplicates.get("scope"))
    if kind is Partner:
        said["currency"] = _currency(source) or _currency(_group_of(document, group))
    return kind.model_construct(**said)


def _group_of(document: Mapping[str, Any], group: str | None) -> Mapping[str, Any]:
    return mapping(mapping(document.get("groups")).get(group or ""))


def _groups(document: Mapping[str, Any]) -> dict[str, Group]:
    groups = document.get("groups", {})
    named = [source.get("group") for _, source in each_source(document)]
    ids = _keys(groups, [group for group in named if isinstance(group, str)])
    return {group_id: _group(mapping(groups).get(group_id)) for group_id in ids}


def _group(group: Any) -> Group:
    said = mapping(group)
    currency = _currency(said)
    caps = [cap for cap in listed(said.get("caps")) if isinstance(cap, dict)]
    counts_money = currency is not None and any(cap.get("money") is not None for cap in caps)
    money = Decimal(0) if counts_money else None
    return Group.model_construct(currency=currency, caps=[Cap.model_construct(money=money)])


def _currency(said: Mapping[str, Any]) -> str | None:
    """That of a partner or group; None when it cannot be read."""
    currency = said.get("currency", "USD")
    return currency if isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency) else None
