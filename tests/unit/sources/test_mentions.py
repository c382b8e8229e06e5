"""Whom an unread body is about."""

import pytest

from shared.sources.mentions import MOST, mentioned

ADA = ("email", "ada@example.com")
CALL = ("phone", "+46701740605")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"email": "ada@Example.com", "phone": "+46 70 174 06 05"', [ADA, CALL]),
        (b"name=Ada&email=ada%40example.com&phone=%2B46701740605", [ADA, CALL]),
        (b"<email>ada@example.com</email><tel>0046-70-1740605</tel>", [ADA, CALL]),
        (b"ada@example.com, ADA@example.com", [ADA, ("email", "ADA@example.com")]),
        (b"call 070-174 06 05", []),  # of whichever country
        (b"\xff\xfe@\x00 ada@ @example.com a@b", []),
        (b"", []),
    ],
)
def test_addresses_and_numbers_as_people_and_programs_write_them(
    body: bytes, found: list[tuple[str, str]]
) -> None:
    assert list(mentioned(body)) == found


def test_a_body_full_of_them_takes_no_time() -> None:
    body = b" ".join(b"person%d@example.com +4670174%04d" % (n, n) for n in range(2000))
    assert len(list(mentioned(body))) <= 2 * MOST
    assert list(mentioned(b"a." * 30_000 + b"@" * 5_000)) == []
