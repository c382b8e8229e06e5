"""Ties between persons and reps: what a lead is known by, who decides, and what changes."""

from datetime import UTC, datetime, timedelta

from shared.domain.owners import MOST_FURTHER, Tie, TieChange, keys_of, tied, ties_after
from shared.domain.pools import ExistingOwner
from tests.team import new_lead

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
PEPPER = b"pepper"


def keys(*by: str, **fields: str) -> tuple[str, ...]:
    policy = ExistingOwner(by=list(by))
    return keys_of(policy, fields, PEPPER, lambda domain: domain == "gmail.com")


def everybody(rep: str) -> bool:
    return True


def test_keys_are_hashes_in_the_policys_order() -> None:
    both = keys("phone", "email", email="ada@example.com", phone="+46700")
    assert both == (*keys("phone", phone="+46700"), *keys("email", email="ADA@example.com "))
    assert all(len(key) == 24 and "ada" not in key for key in both)


def test_the_same_text_in_two_fields_is_two_keys() -> None:
    assert keys("email", email="x") != keys("phone", phone="x")


def test_a_company_is_the_domain_unless_people_have_private_addresses_there() -> None:
    assert keys("company", email="a@firm.example") == keys("company", email="b@firm.example")
    assert keys("company", email="a@gmail.com") == ()
    assert keys("email", "phone") == ()


def test_who_does_not_know_the_pepper_cannot_test_a_guess() -> None:
    policy = ExistingOwner(by=["email"])
    fields = {"email": "ada@example.com"}
    other = keys_of(policy, fields, b"other", lambda _: False)
    assert other != keys("email", email="ada@example.com")


def test_the_first_tie_that_still_counts_decides() -> None:
    ties = {"a": Tie("anna", "l1", NOW), "b": Tie("bo", "l2", LATER), "c": Tie("cy", "l3", LATER)}
    assert tied(("a", "b", "c"), ties, NOW, everybody) == ties["b"]
    assert tied(("x", "a"), ties, NOW, everybody) is None


def test_who_has_left_does_not_stand_before_somebody_else_who_knows_them() -> None:
    ties = {"mail": Tie("gone", "l1", LATER), "firm": Tie("bo", "l2", LATER)}
    assert tied(("mail", "firm"), ties, NOW, {"bo"}.__contains__) == ties["firm"]


def changes(before: Tie | None, rep: str, known: set[str] | None = None) -> list[TieChange]:
    ties = {"key": before} if before else {}
    there = (known or {"anna", "bo"}).__contains__
    return ties_after(("key",), ties, new_lead("l9", NOW), rep, 60, NOW, there)


def test_a_lead_ties_its_person_to_who_gets_it() -> None:
    after = Tie("anna", "l9", NOW + timedelta(seconds=60))
    assert changes(None, "anna") == [TieChange("key", None, after)]


def test_who_stands_in_does_not_take_over() -> None:
    assert changes(Tie("bo", "l1", LATER), "anna") == []


def test_a_tie_goes_over_when_it_is_past_was_this_leads_own_or_its_rep_has_left() -> None:
    for before in (Tie("bo", "l1", NOW), Tie("bo", "l9", LATER), Tie("gone", "l1", LATER)):
        (change,) = changes(before, "anna")
        assert (change.before, change.after.rep) == (before, "anna")


def test_a_further_lead_prolongs_the_tie_and_leaves_it_the_first_leads() -> None:
    """So that the person is lost neither with the further one, nor when the first is erased."""
    until = NOW + timedelta(seconds=60)
    for further in ((), ("l5",), ("l9",), ("l9", "l5")):
        (change,) = changes(Tie("anna", "l1", LATER, further), "anna")
        others = tuple(one for one in further if one != "l9")
        assert change.after == Tie("anna", "l1", until, (*others, "l9"))
    assert changes(change.after, "bo") == []
    (change,) = changes(Tie("anna", "l9", LATER, ("l11", "l12")), "anna")
    assert change.after == Tie("anna", "l9", until, ("l11", "l12"))


def test_of_very_many_leads_a_tie_remembers_the_first_and_the_newest() -> None:
    many = tuple(f"m{n}" for n in range(MOST_FURTHER))
    (change,) = changes(Tie("anna", "l1", LATER, many), "anna")
    assert (change.after.lead_id, change.after.further) == ("l1", (*many[1:], "l9"))
