"""What does not fit together in a configuration whose parts are not all valid.

`Config` compares its parts only when each of them is fine. So that one run tells everything, its
own comparison runs here on what can be read, and whatever cannot is taken to fit: that it is wrong
is told already.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.config import Config, Pool, Rule

# Stands for a rep or pool that we cannot read. No id has spaces, so it is nobody's.
_SOME = "some or other"


def misfits(document: Mapping[str, Any]) -> list[str]:
    """As `Config` tells them: `rules.1.pool: there is no pool 'slaes' under pools`."""
    reps, pools, rules = (document.get(section) for section in ("reps", "pools", "rules"))
    readable = Config.model_construct(
        reps=dict.fromkeys([*_keys(reps, _members(pools)), _SOME]),
        pools={pool_id: _pool(pools, pool_id) for pool_id in [*_keys(pools, _named(rules)), _SOME]},
        rules=_rules(rules),
    )
    return readable._problems()  # noqa: SLF001  (theirs; public it would invite half a Config)


def _keys(section: Any, otherwise: list[str]) -> list[str]:
    """The ids in a section; when it is no section, those that others expect there."""
    return list(section) if isinstance(section, dict) else otherwise


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
