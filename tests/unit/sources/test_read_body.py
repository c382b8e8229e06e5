"""Bodies of every format become one flat mapping, or one of three errors."""

import json
import logging

import pytest

from shared.errors import BodyTooLargeError, UnreadableBodyError, UnsupportedMediaTypeError
from shared.sources.body import MAX_BODY_BYTES, MAX_BODY_FIELDS, read_body, read_json

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=frontier"
XML = "application/xml"
PLAIN = "text/plain;charset=UTF-8"


def part(name: str, value: str, *, more: str = "") -> bytes:
    head = f'--frontier\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return f"{head}{value}\r\n".encode()


def multipart(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--frontier--\r\n"


ADA = {"name": "Ada Example", "email": "ada@example.com", "message": "Line one\nline two"}


class TestFormats:
    def test_json_form_and_multipart_say_the_same(self) -> None:
        """The format does not matter to what is read, nor does its way of breaking lines."""
        form = b"name=Ada+Example&email=ada%40example.com&message=Line+one%0D%0Aline+two"
        parts = [part(name, text.replace("\n", "\r\n")) for name, text in ADA.items()]
        assert read_body(JSON, json.dumps(ADA).encode()) == ADA
        assert read_body(FORM, form) == ADA
        assert read_body(MULTIPART, multipart(*parts)) == ADA

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json; charset=utf-8",
            "Application/JSON;charset=UTF8",
            "application/json ; charset='utf-8'",
            'application/json; profile="a; b"; charset="us-ascii"',
            "application/vnd.example.lead+json",
            "application/ld+json",
            "text/json",
        ],
    )
    def test_spellings_of_the_json_content_type(self, content_type: str) -> None:
        """Case, parameters and the +json suffix do not keep a lead out."""
        assert read_body(content_type, b'{"name": "Zo\xc3\xab"}') == {"name": "Zoë"}

    @pytest.mark.parametrize(
        "content_type",
        [None, "", ";", "text/csv", "text/html", "application/jsonp", "xml", "json", "*/*"],
    )
    def test_other_content_types_are_refused_with_the_ones_we_read(
        self, content_type: str | None
    ) -> None:
        """The sender learns what to send instead."""
        with pytest.raises(UnsupportedMediaTypeError, match="application/json"):
            read_body(content_type, b'{"name": "Ada"}')

    @pytest.mark.parametrize("charset", ["iso-8859-1", "Latin-1", "latin1", "windows-1252"])
    def test_western_charsets_are_honoured(self, charset: str) -> None:
        """Latin-1 is read as Windows-1252, as browsers mean it: 0x80 is the euro sign."""
        body = b'{"name": "Zo\xeb", "budget": "\x80 500"}'
        expected = {"name": "Zoë", "budget": "€ 500"}
        assert read_body(f"application/json; charset={charset}", body) == expected
        assert read_body(f"{FORM}; charset={charset}", b"name=Zo%EB") == {"name": "Zoë"}

    def test_an_unknown_charset_is_unreadable(self) -> None:
        """Guessing would store names that nobody can read."""
        with pytest.raises(UnreadableBodyError, match="charset"):
            read_body("application/json; charset=klingon", b"{}")

    @pytest.mark.parametrize("content_type", [JSON, FORM, MULTIPART, XML, PLAIN])
    @pytest.mark.parametrize("body", [b"", b" \r\n"])
    def test_an_empty_body_has_no_fields(self, content_type: str, body: bytes) -> None:
        """So the sender hears which fields are missing, not that the body is broken."""
        assert read_body(content_type, body) == {}

    def test_size_is_limited_to_the_byte(self) -> None:
        """MAX_BODY_BYTES are read, one more is too large, whatever the content type."""
        body = b"message=".ljust(MAX_BODY_BYTES, b"x")
        assert len(read_body(FORM, body)["message"]) == MAX_BODY_BYTES - len("message=")
        with pytest.raises(BodyTooLargeError):
            read_body(None, body + b"x")
        assert read_body(FORM, body + b"x", limit=MAX_BODY_BYTES + 1)
        with pytest.raises(BodyTooLargeError, match="larger than 3 bytes"):
            read_body(FORM, b"a=bc", limit=3)


class TestJson:
    def test_values_become_text(self) -> None:
        """Scalars keep their spelling, null is absent, lists are joined, nested is compact JSON."""
        body = b"""{
            "yes": true, "no": false, "nothing": null, "empty": "", "count": 3, "price": 1.50,
            "boxes": ["A", null, 2, true], "none": [],
            "address": {"city": "\xc3\x96sterreich", "no": 7, "flat": null, "old": false},
            "visits": [{"at": 1.0, "until": NaN}, []]
        }"""
        assert read_body(JSON, body) == {
            "yes": "true",
            "no": "false",
            "empty": "",
            "count": "3",
            "price": "1.50",
            "boxes": "A, 2, true",
            "none": "",
            "address": '{"city":"Österreich","no":7,"flat":null,"old":false}',
            "visits": '[{"at":1.0,"until":"NaN"},[]]',
        }

    @pytest.mark.parametrize(
        "literal",
        ["9" * 4_301, "1e400", "-1e-400", "NaN", "-Infinity", "9007199254740993", "-0", "1.10"],
    )
    def test_numbers_keep_their_digits(self, literal: str) -> None:
        """No number is too long or too large, and none is rounded."""
        assert read_body(JSON, f'{{"n": {literal}}}'.encode()) == {"n": literal}

    def test_a_repeated_key_loses_nothing(self) -> None:
        """Python's parser would keep the last value only, here an empty one."""
        body = b'{"email": "ada@example.com", "box": "A", "box": "B", "email": ""}'
        assert read_body(JSON, body) == {"email": "ada@example.com", "box": "A, B"}

    def test_keys_that_are_equal_once_cleaned_are_one(self) -> None:
        """White space and the two ways to write an accented letter do not make two names."""
        body = '{"ville natale": "A", " ville\\tnatale ": "B", "caf\u00e9": "C", "cafe\u0301": "D"}'
        assert read_body(JSON, body.encode()) == {"ville natale": "A, B", "café": "C, D"}

    def test_an_empty_key_gets_a_name(self) -> None:
        """DynamoDB refuses empty names."""
        assert read_body(JSON, b'{"": "x", "\\u0000": "y"}') == {"unnamed": "x, y"}

    def test_names_from_javascript_objects_are_ordinary(self) -> None:
        """Nothing is special about names that JavaScript gives a meaning to."""
        names = ["__proto__", "constructor", "hasOwnProperty", "__class__", "toString"]
        body = json.dumps(dict.fromkeys(names, "x")).encode()
        assert read_body(JSON, body) == dict.fromkeys(names, "x")

    def test_a_byte_order_mark_is_accepted(self) -> None:
        """Some Windows programs write one."""
        assert read_body(JSON, b'\xef\xbb\xbf{"name": "Ada"}') == {"name": "Ada"}
        assert read_body(JSON, b"\xef\xbb\xbf") == {}

    def test_a_raw_line_break_in_a_string_is_read(self) -> None:
        """Templates paste text into JSON unescaped; what they mean is clear."""
        assert read_body(JSON, b'{"message": "one\ntwo\tthree"}') == {"message": "one\ntwo\tthree"}

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b'{"email": "private@', "broken at line 1, column 11"),
            (b'{"email": private}', "broken"),
            (b"email=private", "broken"),
            (b"[]", "not an object"),
            (b'[{"email": "private"}]', "not an object"),
            (b'"private"', "not an object"),
            (b"null", "not an object"),
            (b"12", "not an object"),
            (b"true", "not an object"),
            (b'{"name": "private \xff"}', "byte 18 is not valid utf-8"),
            ('{"name": "private"}'.encode("utf-16"), "not valid utf-8"),
            (b'{"a":' * 9_000 + b"1" + b"}" * 9_000, "nested too deeply"),
            (b'{"a":' + b"[" * 60_000, "nested too deeply|broken"),
            (b'{"a":' + b"[" * 21 + b"]" * 21 + b"}", "nested too deeply"),
            (b'{"private": 1} {"b": 2}', "broken"),
        ],
    )
    def test_unreadable_json_gives_a_reason_without_the_body(
        self, body: bytes, reason: str
    ) -> None:
        """The reason says where or what, and never shows what a person wrote."""
        with pytest.raises(UnreadableBodyError, match=reason) as caught:
            read_body(JSON, body)
        assert "private" not in str(caught.value)
        assert len(str(caught.value)) < 80
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    @pytest.mark.parametrize("content_type", [JSON, FORM, MULTIPART])
    def test_the_number_of_fields_is_limited(self, content_type: str) -> None:
        """Nobody's form has that many; a program that sends them wants to cost us time."""

        def body(count: int) -> bytes:
            names = [f"f{number}" for number in range(count)]
            if content_type == JSON:
                return json.dumps(dict.fromkeys(names, "")).encode()
            if content_type == FORM:
                return "&".join(names).encode()
            return multipart(*(part(name, "") for name in names))

        assert len(read_body(content_type, body(MAX_BODY_FIELDS))) == MAX_BODY_FIELDS
        with pytest.raises(UnreadableBodyError, match="500 fields"):
            read_body(content_type, body(MAX_BODY_FIELDS + 1))

    def test_ten_thousand_fields_are_refused(self) -> None:
        """The count is of what came, also when all have one name."""
        with pytest.raises(UnreadableBodyError, match="500 fields"):
            read_body(FORM, b"&".join([b"a=1"] * 10_000))


class TestText:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (r"\ud800", "\ufffd"),
            (r"\ud83d\ude00", "😀"),
            (r"a\u0000b\u0007c\u009fd", "abcd"),
            (r"a\u0085b\u2028c\u2029d\u000be\rf\r\ng", "a\nb\nc\nd\ne\nf\ng"),
            (r"tab\there", "tab\there"),
            ("Cafe\u0301", "Café"),
            ("שלום \u202bמרחבא\u202c", "שלום \u202bמרחבא\u202c"),
            ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
            ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ],
    )
    def test_text_is_made_safe_and_stays_itself(self, sent: str, kept: str) -> None:
        """What breaks storage or mail goes; how people of any script write stays."""
        read = read_body(JSON, f'{{"message": "{sent}", "{sent}x": ""}}'.encode())
        assert read["message"] == kept
        assert len(read) == 2
        json.dumps(read, ensure_ascii=False).encode()


class TestForms:
    def test_repeated_names_are_joined(self) -> None:
        """So come several ticked boxes; boxes left empty add nothing."""
        body = b"box=A&box=&box=B&other=&box%5B%5D=C"
        assert read_body(FORM, body) == {"box": "A, B", "other": "", "box[]": "C"}

    def test_odd_pairs_are_read_as_browsers_would(self) -> None:
        """Stray separators, values without a name and broken escapes follow the URL Standard."""
        body = b"&&a&=b&c=d=e&f=100%&g=%zz+%2B&"
        expected = {"a": "", "unnamed": "b", "c": "d=e", "f": "100%", "g": "%zz +"}
        assert read_body(FORM, body) == expected

    def test_text_that_is_not_utf8_is_unreadable(self) -> None:
        """A name with the wrong letters would be stored for good; the raw bytes can be re-read."""
        with pytest.raises(UnreadableBodyError, match="not valid utf-8"):
            read_body(FORM, b"name=Zo%EB")

    def test_json_labelled_as_a_form_is_read(self) -> None:
        """The content type that scripts send by default lies; the body cannot be a form."""
        body = b' {\n "email": "ada@example.com", "ok": true}'
        assert read_body(FORM, body) == {"email": "ada@example.com", "ok": "true"}

    def test_a_form_labelled_as_json_is_unreadable(self) -> None:
        """Almost any text is some form, so this guess would hide broken JSON."""
        with pytest.raises(UnreadableBodyError, match="JSON is broken"):
            read_body(JSON, b"email=ada%40example.com")

    def test_xml_labelled_as_a_form_is_read(self) -> None:
        """So does a command line send it that was not told the content type."""
        body = b"\n<lead><email>ada@example.com</email></lead>"
        assert read_body(FORM, body) == {"email": "ada@example.com"}

    def test_multipart_labelled_as_a_form_does_not_raise_anything_else(self) -> None:
        """It is read as what it claims to be; no field of it is one we know."""
        assert "email" not in read_body(FORM, multipart(part("email", "ada@example.com")))


class TestXml:
    @pytest.mark.parametrize(
        "content_type", [XML, "text/xml", "application/x-adf+xml", "Text/XML; charset=utf-8"]
    )
    def test_elements_are_fields(self, content_type: str) -> None:
        body = b"<lead><name>Ada Example</name><email>ada@example.com</email></lead>"
        assert read_body(content_type, body) == {"name": "Ada Example", "email": "ada@example.com"}

    def test_elements_of_the_same_name_are_one_field(self) -> None:
        body = b"<lead><box>A</box><box/><box>B</box></lead>"
        assert read_body(XML, body) == {"box": "A, B"}

    def test_the_content_type_knows_the_encoding_best(self) -> None:
        """As RFC 7303 has it; without it there, the XML declaration counts."""
        declared = b'<?xml version="1.0" encoding="iso-8859-1"?><a><name>Zo\xeb</name></a>'
        assert read_body(XML, declared) == {"name": "Zo\xeb"}
        assert read_body("text/xml; charset=latin-1", b"<a><name>Zo\xeb</name></a>") == {
            "name": "Zo\xeb"
        }
        wrong = b'<?xml version="1.0" encoding="utf-8"?><a><name>Zo\xeb</name></a>'
        assert read_body("text/xml; charset=latin-1", wrong) == {"name": "Zo\xeb"}


class TestPlainText:
    """What `navigator.sendBeacon` sends, which asks nobody for permission."""

    @pytest.mark.parametrize(
        "body",
        [
            b'{"email": "ada@example.com"}',
            b' \r\n{"email": "ada@example.com"}',
            b"<lead><email>ada@example.com</email></lead>",
            b'\xef\xbb\xbf<?xml version="1.0"?><a><email>ada@example.com</email></a>',
            b"email=ada%40example.com",
        ],
    )
    def test_it_is_read_as_what_it_looks_like(self, body: bytes) -> None:
        assert read_body(PLAIN, body) == {"email": "ada@example.com"}

    def test_what_begins_like_json_is_not_read_as_a_form(self) -> None:
        for body in (b"{email: ada}", b"[1]", b'{"email": "ada@exa'):
            with pytest.raises(UnreadableBodyError):
                read_body(PLAIN, body)


class TestReadJson:
    def test_everything_that_is_nested_stays(self) -> None:
        body = b'{"a": {"b": [1, {"c": null}]}}'
        for content_type in (JSON, PLAIN, FORM):
            assert read_json(content_type, body) == {"a": {"b": ["1", {"c": None}]}}
        assert read_json(FORM, b' [ {"a": 1.50}]') == [{"a": "1.50"}]

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            (JSON, b" "),
            (FORM, b"a=b"),
            (PLAIN, b"a=b"),
            (XML, b"<a>{}</a>"),
            (MULTIPART, multipart(part("a", "{}"))),
        ],
    )
    def test_there_is_none_in_other_bodies(self, content_type: str, body: bytes) -> None:
        assert read_json(content_type, body) is None

    def test_the_errors_are_those_of_read_body(self) -> None:
        with pytest.raises(BodyTooLargeError):
            read_json(JSON, b"{}", limit=1)
        with pytest.raises(UnsupportedMediaTypeError):
            read_json(None, b"{}")
        with pytest.raises(UnreadableBodyError):
            read_json(JSON, b"{")


class TestMultipart:
    def test_of_a_file_only_the_name_is_kept(self) -> None:
        """A lead is no place for uploads, but the rep sees that there was one."""
        body = multipart(
            part("email", "ada@example.com"),
            part("plan", "%PDF \x00\x01", more='; filename="Grundriß.pdf"\r\nContent-Type: x/y'),
            part("photo", "", more='; filename=""'),
        )
        expected = {"email": "ada@example.com", "plan": "Grundriß.pdf", "photo": ""}
        assert read_body(MULTIPART, body) == expected

    def test_the_order_of_fields_and_files_is_kept(self) -> None:
        """Which of two fields for one thing counts depends on the order."""
        body = multipart(part("b", "1"), part("a", "x", more='; filename="f"'), part("c", "2"))
        assert list(read_body(MULTIPART, body)) == ["b", "a", "c"]

    def test_escapes_in_names_are_undone(self) -> None:
        """Browsers escape quotes and line breaks in names in their own way."""
        body = multipart(part("say %22hi%22%0D%0Athere", "x"))
        assert read_body(MULTIPART, body) == {'say "hi" there': "x"}

    def test_quoted_boundaries_and_preambles(self) -> None:
        """A boundary may hold characters that need quotes."""
        body = multipart(part("a", "1")).replace(b"frontier", b"a b:c=d")
        assert read_body('multipart/form-data; boundary="a b:c=d"', body) == {"a": "1"}

    def test_a_body_cut_short_at_any_byte_is_unreadable(self) -> None:
        """Half a lead must not pass for a whole one. Only the last line break may be missing."""
        body = multipart(part("name", "Ada"), part("email", "ada@example.com"))
        for length in range(1, len(body) - 2):
            with pytest.raises(UnreadableBodyError):
                read_body(MULTIPART, body[:length])
        assert read_body(MULTIPART, body[:-2]) == {"name": "Ada", "email": "ada@example.com"}

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data", multipart(part("a", "private"))),
            ("multipart/form-data; boundary=", multipart(part("a", "private"))),
            ("multipart/form-data; boundary=other", multipart(part("a", "private"))),
            (f"multipart/form-data; boundary={'x' * 300}", multipart(part("a", "private"))),
            ("multipart/form-data; boundary=\u4e00\ud800", multipart(part("a", "private"))),
            (MULTIPART, b"email=private"),
            (MULTIPART, b'{"email": "private"}'),
            (MULTIPART, multipart(b"--frontier\r\nX: y\r\n\r\nprivate\r\n")),
            (MULTIPART, multipart(b"--frontier\r\nprivate\r\n\r\nprivate\r\n")),
            (MULTIPART, multipart(part("a", "private")).replace(b"\r\n", b"\n")),
            (MULTIPART, multipart(part("a", "private")).replace(b"private", b"private \xff")),
        ],
    )
    def test_broken_multipart_is_unreadable_without_a_trace(
        self, content_type: str, body: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither the reason nor a log line of the library shows what a person wrote."""
        with caplog.at_level(logging.DEBUG), pytest.raises(UnreadableBodyError) as caught:
            read_body(content_type, body)
        assert "private" not in str(caught.value)
        assert caplog.text == ""
