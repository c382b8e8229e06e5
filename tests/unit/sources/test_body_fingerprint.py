"""The same submission is recognised, and only the same."""

from shared.sources.body import read_body
from shared.sources.fingerprint import body_fingerprint


def multipart(boundary: str) -> dict[str, str]:
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="email"\r\n\r\n'
        f"ada@example.com\r\n--{boundary}--\r\n"
    )
    return read_body(f"multipart/form-data; boundary={boundary}", body.encode())


def test_another_attempt_of_the_same_is_the_same() -> None:
    """Neither the boundary, which is new each time, nor the order of fields matters."""
    assert multipart("one") == multipart("two")
    first = body_fingerprint("form-1", multipart("one"))
    assert first == body_fingerprint("form-1", multipart("two"))
    assert body_fingerprint("f", {"a": "1", "b": "2"}) == body_fingerprint(
        "f", {"b": "2", "a": "1"}
    )


def test_anything_else_is_different() -> None:
    """Another source, text, name or division between them is another submission."""
    contents: list[dict[str, str] | bytes] = [
        {},
        {"a": "1"},
        {"a": "2"},
        {"b": "1"},
        {"a": "1", "b": ""},
        {"a": "1, b"},
        {'a": "1", "b': ""},
        b"",
        b"{}",
        b"[]",
        b'[["a", "1"]]',
    ]
    seen = {body_fingerprint(source, content) for source in ("x", "y") for content in contents}
    assert len(seen) == 2 * len(contents)


def test_a_key_makes_it_untestable_by_others() -> None:
    """Who has the table but not the key cannot try out addresses."""
    plain = body_fingerprint("f", {"email": "ada@example.com"})
    keyed = body_fingerprint("f", {"email": "ada@example.com"}, key=b"secret")
    assert plain != keyed
    assert keyed != body_fingerprint("f", {"email": "ada@example.com"}, key=b"other")


def test_it_is_short_hexadecimal_and_the_same_in_every_process() -> None:
    """It goes into keys that other processes, and later releases, look up."""
    expected = "21203970f9a2d866b087cac54d4e76505c30d83626ae7bcbd5f010168feeebdb"
    assert body_fingerprint("form-1", {"name": "Zoë \ud800", "a": ""}) == expected
