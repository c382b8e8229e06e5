"""A visitor is sent on to where the form allows, by an address that a header can hold."""

import pytest

from shared.sources.redirects import allowed_redirect, ascii_address


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("https://example.com/thanks?x=1#top", "https://example.com/thanks?x=1#top"),
        ("https://example.com/å", "https://example.com/%C3%A5"),
        ("https://example.com/%C3%A5/å", "https://example.com/%C3%A5/%C3%A5"),
        ("https://example.com/a?q=谢谢&r=[1]", "https://example.com/a?q=%E8%B0%A2%E8%B0%A2&r=[1]"),
        ('https://example.com/"<x>', "https://example.com/%22%3Cx%3E"),
        ("https://example.com/\u2028\ud800", "https://example.com/%E2%80%A8?"),
    ],
)
def test_addresses_become_ascii(address: str, sent: str) -> None:
    """And what is encoded already is not encoded again."""
    assert ascii_address(address) == sent
    assert ascii_address(sent) == sent


@pytest.mark.parametrize("wanted", ["https://example.com/å?x", "https://example.com/%C3%A5?x"])
@pytest.mark.parametrize("allowed", ["https://example.com/å", "https://example.com/%C3%A5"])
def test_an_allowed_page_is_the_same_page_encoded(wanted: str, allowed: str) -> None:
    assert allowed_redirect(wanted, [allowed]) == wanted
    assert allowed_redirect(wanted, ["https://example.com/a"]) is None
