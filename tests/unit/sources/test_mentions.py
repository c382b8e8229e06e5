"""Whom an unread body is about."""

from itertools import islice

import pytest

from shared.sources.mentions import may_mention, mentioned, mentions_at_home

ADA = ("email", "ada@example.com")
CALL = ("phone", "+46701740605")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"email": "ada@Example.com", "phone": "+46 70 174 06 05"', [ADA, CALL]),
        (b"name=Ada&email=ada%40example.com&phone=%2B46701740605", [ADA, CALL]),
        (b"<email>ada@example.com</email><tel>0046-70-1740605</tel>", [ADA, CALL]),
        (b"ada@example.com, ADA@example.com", [ADA, ("email", "ADA@example.com")]),
        (rb'{"email": "ada\u0040example.com", "tel": "\u002b46701740605"}', [ADA, CALL]),
        (b"<email>ada&#64;example.com</email><tel>&#43;46701740605</tel>", [ADA, CALL]),
        ("ada@example.com +46701740605".encode("utf-16"), [ADA, CALL]),
        (b"call 070-174 06 05", []),  # of whichever country
        (b"call 070-174 06 05 or +46 70 174 06 05", [CALL]),
        (b"\xff\xfe@\x00 ada@ @example.com a@b", []),
        (b"", []),
    ],
)
def test_addresses_and_numbers_as_people_and_programs_write_them(
    body: bytes, found: list[tuple[str, str]]
) -> None:
    assert list(mentioned(body)) == found
    assert all(may_mention(body, *contact) for contact in found)


@pytest.mark.parametrize(
    ("body", "country", "found"),
    [
        (b'{"phone": "070-174 06 05"}', "SE", [CALL]),
        (b"phone=%28070%29+1740605&x=1", "SE", [CALL]),
        (b"tel:0701740605, +46 70 174 06 05", "SE", [CALL]),
        (b"070-174 06 05", "US", []),
        (b"(650) 253-0000", "US", [("phone", "+16502530000")]),
        (b"69 99 99 99", "ES", []),
        (b'{"at": "2026-03-02T09:00:00Z", "id": 1763700000, "on": "2026-03-02 09:00"}', "SE", []),
        (b"+44 20 7946 0155, 12020001740605, a070-1740605", "GB", [("phone", "+442079460155")]),
    ],
)
def test_a_number_without_its_country_is_the_sources_own(
    body: bytes, country: str, found: list[tuple[str, str]]
) -> None:
    assert list(dict.fromkeys(mentioned(body, country))) == found


@pytest.mark.parametrize(
    ("body", "there"),
    [
        (b'"070-174 06 05"', True),
        (b"TEL:701740605", True),  # a table has taken its zero
        (b"tel=(070)1740605.", True),
        (b"070-174 06 06", False),
        (b"10701740605", False),
        (b"+47 01740605", False),
    ],
)
def test_a_number_is_found_without_its_country(body: bytes, *, there: bool) -> None:
    assert mentions_at_home(body, CALL[1]) is there


def test_in_a_body_full_of_them_each_is_found_and_who_has_seen_enough_stops() -> None:
    body = b" ".join(b"person%d@example.com +4670174%04d" % (n, n) for n in range(500))
    assert len(list(mentioned(body))) == 1000
    full = body * 12  # as large as a delivery may be
    assert len(list(islice(mentioned(full), 2))) == 2
    assert not may_mention(full, *ADA)
    assert list(mentioned(b"a." * 30_000 + b"@" * 5_000)) == []
    runs = b" ".join(b"%d," % (10**9 + n * 997) for n in range(20_000))
    assert len(list(mentioned(runs, "US"))) < 500
    assert not mentions_at_home(runs, CALL[1])
