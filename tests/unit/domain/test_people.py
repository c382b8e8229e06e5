"""Who somebody is, by an address or by a provider's claims; and what colleagues call them."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.access import TABLE, Right, reaches
from shared.domain.config import Config, Role, SignIn
from shared.domain.people import Identity, called, identity_of, identity_of_claims
from tests.team import config

LENA = {"name": "Lena Holm", "email": "lena@example.com", "pools": ["sales"]}
OLU = {"name": "Olu Ade", "email": "olu@example.com", "administrator": True}
MEI = {"name": "Mei Tanaka", "email": "mei@example.com"}
ROLES = {
    "bosses": {"administrator": True},
    "leads": {"manager": "lena"},
    "olus": {"manager": "olu"},
    "phone": {"rep": "bo"},
    "gone": {"rep": "cai"},
    "f\u00f6rs\u00e4ljning": {"rep": "bo"},
    "a\u0308ra": {"rep": "anna"},
}


def team(**sign_in: Any) -> Config:
    more = {
        "managers": {"lena": LENA, "olu": OLU},
        "sign_in": {"role_claim": "groups", "roles": ROLES, **sign_in},
    }
    off = {"cai": {"active": False}}
    return config({"anna": 1, "bo": 1, "cai": 1}, limits=off, more=more, manager=MEI)


SALES = frozenset({"sales"})
ANNA = Identity("anna", rep="anna")


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("Anna@Example.com", ANNA),
        ("cai@example.com", None),
        ("who@example.com", None),
        ("", None),
        ("mei@example.com", Identity("manager#sales", pools=SALES)),
        ("lena@example.com", Identity("manager#lena", pools=SALES)),
        ("olu@example.com", Identity("manager#olu", administrator=True)),
        ("maria@example.com", Identity("manager", administrator=True)),
    ],
)
def test_an_address_is_of_whom_the_configuration_says(
    email: str, expected: Identity | None
) -> None:
    assert identity_of(team(), email) == expected


def verified(**claims: Any) -> dict[str, Any]:
    return {"email": "anna@example.com", "email_verified": True, **claims}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (verified(), ANNA),
        (verified(email_verified="true"), ANNA),
        (verified(email_verified="false"), None),
        (verified(email_verified=None), None),
        ({"email": "anna@example.com"}, None),
        (verified(email=["anna@example.com"]), None),
        (verified(groups="bosses"), Identity("anna", rep="anna", administrator=True)),
        (verified(groups="[leads others]"), Identity("anna", rep="anna", pools=SALES)),
        (verified(groups=["phone"]), Identity("bo", rep="bo")),
        (verified(groups="gone"), ANNA),
        ({"groups": "[others fo\u0308rsa\u0308ljning]"}, Identity("bo", rep="bo")),
        ({"groups": ["\u00e4ra"]}, ANNA),
        ({"groups": "bosses"}, Identity("administrator", administrator=True)),
        ({"groups": "[bosses leads]"}, Identity("manager#lena", None, SALES, administrator=True)),
        ({"groups": "olus"}, Identity("manager#olu", administrator=True)),
        ({"groups": "gone"}, None),
        ({"groups": "bosses phone"}, None),
        ({"groups": None}, None),
        ({}, None),
    ],
)
def test_claims_are_of_whom_the_configuration_says(
    claims: dict[str, Any], expected: Identity | None
) -> None:
    assert identity_of_claims(team(), claims) == expected


def test_an_address_counts_unverified_or_not_at_all_when_the_configuration_says_so() -> None:
    claims = {"upn": "anna@example.com", "email": "bo@example.com"}
    assert identity_of_claims(team(email_claim="upn", verified_only=False), claims) == ANNA
    assert identity_of_claims(team(email_claim=None), verified()) is None


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("anna", "Anna"),
        ("manager", "Maria Berg"),
        ("manager#lena", "Lena Holm"),
        ("manager#sales", "Mei Tanaka"),
        ("manager#gone", "a manager"),
        ("administrator", "a manager"),
        ("api", "a manager"),
        ("key#crm", "crm"),
        ("gone", "gone"),
    ],
)
def test_people_are_called_by_their_names(by: str, name: str) -> None:
    assert called(team(), by) == name


def test_a_role_stands_for_somebody_who_is_there() -> None:
    for nobody in ({"rep": "dan"}, {"manager": "dan"}):
        with pytest.raises(ValidationError, match="there is no"):
            team(roles={"x": nobody})
    with pytest.raises(ValidationError, match="whom it stands for"):
        Role()
    with pytest.raises(ValidationError, match="role_claim"):
        SignIn.model_validate({"roles": ROLES})


def test_nobody_may_do_what_no_role_says() -> None:
    """Every right has its row; who is nothing at all may do nothing."""
    assert set(TABLE) == set(Right)
    for right in Right:
        assert reaches(Identity("key#none"), right) == frozenset()
        assert reaches(Identity("key#leads", scopes=frozenset({"leads"})), right) == frozenset()
