"""When two e-mail addresses are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.addresses import same_address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        ("anna@STRASSE.example", "anna@strasse.example"),
        ("anna@malmö.example", "anna@xn--malm-8qa.example"),
        ("anna@MALMÖ.example", "anna@malmö.example"),
        ("ÅSA@example.com", "ÅSa@example.com"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert same_address(one) == same_address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@straße.example", "anna@strasse.example"),
        ("strauß@example.com", "strauss@example.com"),
        ("\u212alaus@example.com", "klaus@example.com"),  # the sign for kelvin
        ("klau\u017f@example.com", "klaus@example.com"),  # a long s
        ("åsa@example.com", "ÅSA@example.com"),  # whether these are one, their server says
        ("anna@example.com\x1f", "anna@example.com"),
        (" anna@example.com", "anna@example.com"),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert same_address(one) != same_address(other)


@pytest.mark.parametrize("odd", ["", "@", "a@", "@b", "a@b@c", "\ud800@\ud800", "a@ß..", "a@\x00é"])
def test_what_is_no_address_is_as_it_is(odd: str) -> None:
    assert same_address(odd) == odd


@given(st.text())
def test_again_changes_nothing(text: str) -> None:
    assert same_address(same_address(text)) == same_address(text)
