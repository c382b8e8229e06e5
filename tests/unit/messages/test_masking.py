"""What is left of personal data tells leads apart, and reaches nobody."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.card import masked_card
from shared.messages.masking import masked_email, masked_name, masked_phone, masked_text


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Ada Byron", "A. B."),
        ("ada", "a."),
        ("王小明", "王."),
        ("<script>alert(1)</script>", "s."),
        ("a b c d e f", "a. b. c. d."),
        ("… —", ""),
        ("", ""),
    ],
)
def test_a_name_leaves_its_first_letters(name: str, left: str) -> None:
    assert masked_name(name) == left


@pytest.mark.parametrize(
    ("email", "left"),
    [
        ("ada@example.com", "a•••@e•••.com"),
        ("ada.byron+x@mail.example.co.uk", "a•••@m•••.uk"),
        ("ada@localhost", "•••"),
        ("ada", "•••"),
        ('"><b>@x.<i>', "•••"),
        ("", ""),
    ],
)
def test_an_address_leaves_two_letters(email: str, left: str) -> None:
    assert masked_email(email) == left


@pytest.mark.parametrize(
    ("phone", "left"),
    [
        ("+46701740605", "+46 ••• 05"),
        ("+1234567", "•••"),
        ("0701740605", "•••"),
        ("call me", "•••"),
        ("", ""),
    ],
)
def test_a_number_leaves_its_country_and_its_end(phone: str, left: str) -> None:
    assert masked_phone(phone) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call 070-174 06 05 or +46 (0)70 1740605.", "Call ••• or •••."),
        ("Mail (ada@example.com) me", "Mail ••• me"),
        ("See https://ada.example and www.ada.example/x", "See ••• and •••"),
        ("Best, Ada Byron. BYRON, adage", "Best, ••• •••. •••, adage"),
        ("12 vans in 2026, 5,000 km", "12 vans in 2026, 5,000 km"),
    ],
)
def test_a_text_keeps_what_reaches_nobody(text: str, left: str) -> None:
    assert masked_text(text, ["Ada Byron"]) == left


@given(digits=st.text("0123456789", min_size=6, max_size=15), between=st.sampled_from(" -./"))
def test_no_long_number_is_left_however_it_is_written(digits: str, between: str) -> None:
    for written in (digits, f"+{digits}", between.join(digits)):
        assert not any(char.isdigit() for char in masked_text(f"call {written} now"))


@pytest.mark.parametrize("text", ["a" * 10_000, "1 " * 5_000, "w" * 9_000 + ".", "@" * 10_000])
def test_no_text_takes_long(text: str) -> None:
    began = time.monotonic()
    masked_text(text, ["Ada"])
    assert time.monotonic() - began < 1


def test_a_masked_card_reaches_nobody(assigned) -> None:
    """Wherever the person wrote it; further fields and addresses of pages are left out."""
    lead = assigned(
        message="Anna here: +46 70 123 45 67, or anna.svensson@volvo.example",
        product="XC40 for Anna",
        company="Svensson & Co",
        extra={"mobile": "+46701234567"},
        page_url="https://shop.example/?email=anna.svensson@volvo.example",
        utm_campaign="anna.svensson@volvo.example",
    )
    shown = masked_card(lead)
    assert shown.name == "A. S."
    assert shown.product == "XC40 for •••"
    for personal in ("Anna", "Svensson", "svensson", "1234567", "123 45 67", "volvo"):
        assert personal not in str(shown)


def test_a_lead_without_a_name_is_called_by_what_is_left(assigned) -> None:
    assert masked_card(assigned(name=None)).name == "a•••@v•••.example"
    assert masked_card(assigned(name=None, email=None)).name == "+46 ••• 67"
    assert masked_card(assigned(name=None, email=None, phone=None)).name == ""
