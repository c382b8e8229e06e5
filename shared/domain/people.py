"""The people of the configuration: who somebody is who shows an address, or a provider's token."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import normalize

from shared.domain.addresses import same_address
from shared.domain.config import Config, Role
from shared.domain.pools import Person

# Who says no more of themselves: whoever holds the admin token, and who is an administrator by a
# claim and nobody of the configuration.
API = "api"
NAMELESS = "administrator"
SAYS_NOBODY = frozenset({API, NAMELESS})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and as what. A person may be a rep and a manager at once."""

    who: str  # as the log of a lead says it: "anna" (a rep), "manager#lena", "key#crm", "api"
    rep: str | None = None  # whose leads are their own
    pools: frozenset[str] = frozenset()  # whose manager they are
    administrator: bool = False  # may do everything, everywhere
    scopes: frozenset[str] = frozenset()  # of a machine's key
    session: str | None = None  # the id of the session they came with

    @property
    def is_manager(self) -> bool:
        """Whether there is a pool that they answer for."""
        return self.administrator or bool(self.pools)


# ── By an address ────────────────────────────────────────────────────────────────────────────────


def identity_of(config: Config, email: str) -> Identity | None:
    """Whom an address belongs to, by the configuration now; None: nobody who may do anything.

    The top `manager` may do everything; a pool's `manager` what concerns the pool; those of
    `managers` what is said of each.
    """
    wanted = same_address(email)
    rep = next(
        (
            rep_id
            for rep_id, rep in config.reps.items()
            if rep.active and same_address(rep.email) == wanted
        ),
        None,
    )
    pools = {
        pool_id
        for pool_id, pool in config.pools.items()
        if pool.manager and same_address(pool.manager.email) == wanted
    }
    named = [id_ for id_, one in config.managers.items() if same_address(one.email) == wanted]
    for manager_id in named:
        pools |= set(config.managers[manager_id].pools)
    is_top = same_address(config.manager.email) == wanted
    administrator = is_top or any(config.managers[one].administrator for one in named)
    if not (rep or pools or administrator):
        return None
    return Identity(
        who=rep or _manager_name(named, is_top=is_top, pools=pools),
        rep=rep,
        pools=frozenset(pools),
        administrator=administrator,
    )


def _manager_name(named: list[str], *, is_top: bool, pools: set[str]) -> str:
    if named:
        return f"manager#{named[0]}"
    return "manager" if is_top else f"manager#{min(pools)}"


# ── By the claims of a token ─────────────────────────────────────────────────────────────────────


def identity_of_claims(config: Config, claims: Mapping[str, Any]) -> Identity | None:
    """Whom a token is of, by claims that have been verified; None: nobody who may do anything.

    By the address, where the provider says that it is theirs; and by what the roles add.
    """
    email = _address_in(config, claims)
    identity = identity_of(config, email) if email else None
    for role in _roles_in(config, claims):
        identity = _as_well(config, identity, role)
    return identity


def _address_in(config: Config, claims: Mapping[str, Any]) -> str | None:
    sign_in = config.sign_in
    address = claims.get(sign_in.email_claim or "")
    # API Gateway hands claims on as texts.
    is_theirs = str(claims.get("email_verified", "")).lower() == "true"
    counts = is_theirs or not sign_in.verified_only
    return address if isinstance(address, str) and counts else None


def _roles_in(config: Config, claims: Mapping[str, Any]) -> Iterator[Role]:
    values = _values_in(claims.get(config.sign_in.role_claim or "", ""))
    roles = config.sign_in.roles.items()
    yield from (role for value, role in roles if normalize("NFC", value) in values)


def _values_in(said: object) -> set[str]:
    """One text, or several in a list, which API Gateway hands on as `[sales admins]`."""
    if isinstance(said, list):
        return {normalize("NFC", str(one)) for one in said}
    text = normalize("NFC", str(said))
    if text.startswith("[") and text.endswith("]"):
        return set(re.split(r"[\s,]+", text[1:-1]))
    return {text}


def _as_well(config: Config, identity: Identity | None, role: Role) -> Identity | None:
    """Somebody, who is also what a role says. Who has left the configuration is nobody by it."""
    rep = config.reps.get(role.rep or "")
    manager = config.managers.get(role.manager or "")
    rep_id = role.rep if rep and rep.active else None
    administrator = role.administrator or bool(manager and manager.administrator)
    pools = frozenset(manager.pools if manager else ())
    if not (rep_id or pools or administrator):
        return identity
    who = rep_id or (f"manager#{role.manager}" if manager else NAMELESS)
    known = identity or Identity(who)
    return replace(
        known,
        who=rep_id or (who if known.who == NAMELESS else known.who),
        rep=rep_id or known.rep,
        pools=known.pools | pools,
        administrator=known.administrator or administrator,
    )


# ── What people are called ───────────────────────────────────────────────────────────────────────

A_MANAGER = "a manager"


def called(config: Config, who: str) -> str:
    """What colleagues call whoever did something with a lead: the `by` of its record."""
    kind, _, name = who.partition("#")
    if kind == "key":
        return name
    if kind == "manager":
        person = _manager_named(config, name)
        return person.name if person else A_MANAGER
    if who in SAYS_NOBODY:
        return A_MANAGER
    rep = config.reps.get(who)
    return rep.name if rep else who


def _manager_named(config: Config, name: str) -> Person | None:
    """As `_manager_name` has named them; None: they have left."""
    if not name:
        return config.manager
    pool = config.pools.get(name)
    return config.managers.get(name) or (pool.manager if pool else None)
