"""Whom an unread body is about."""

from itertools import islice

import pytest

from shared.sources.mentions import may_mention, mentioned

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
        (b"\xff\xfe@\x00 ada@ @example.com a@b", []),
        (b"", []),
    ],
)
def test_addresses_and_numbers_as_people_and_programs_write_them(
    body: bytes, found: list[tuple[str, str]]
) -> None:
    assert list(mentioned(body)) == found
    assert all(may_mention(body, *contact) for contact in found)


def test_in_a_body_full_of_them_each_is_found_and_who_has_seen_enough_stops() -> None:
    body = b" ".join(b"person%d@example.com +4670174%04d" % (n, n) for n in range(500))
    assert len(list(mentioned(body))) == 1000
    full = body * 12  # as large as a delivery may be
    assert len(list(islice(mentioned(full), 2))) == 2
    assert not may_mention(full, *ADA)
    assert list(mentioned(b"a." * 30_000 + b"@" * 5_000)) == []
