"""XML becomes pairs; what is dangerous or broken in it becomes one error."""

import pytest

from shared.errors import UnreadableBodyError
from shared.sources.body import MAX_BODY_FIELDS, read_body
from shared.sources.xml_body import MAX_DEPTH, MAX_ELEMENTS, xml_pairs

LAUGHS = "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' if level else '<!ENTITY l0 "ha">'
    for level in range(10)
)
ENTITIES = {
    "billion laughs": f"<!DOCTYPE a [{LAUGHS}]><a>&l9;</a>",
    "quadratic blowup": f'<!DOCTYPE a [<!ENTITY b "{"x" * 9_000}">]><a>{"&b;" * 9_000}</a>',
    "a local file": '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
    "an address": '<!DOCTYPE a [<!ENTITY f SYSTEM "http://127.0.0.1:9/x">]><a>&f;</a>',
    "a parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>',
    "an external document type": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "any document type": "<!DOCTYPE a><a/>",
    "one after a declaration": '<?xml version="1.0"?><!DOCTYPE a><a/>',
}


def test_leaves_are_pairs_in_order() -> None:
    body = b"""<?xml version="1.0" encoding="UTF-8"?>
    <lead xmlns="urn:x" xmlns:y="urn:y" status="new">
      <contact><name>Ada &amp; Ben</name><y:email>ada@example.com</y:email></contact>
      <!-- nothing --><?nothing at all?>
      <message><![CDATA[a < b]]></message>
      <empty/>
      <tag>A</tag><tag>B</tag>
    </lead>"""
    assert xml_pairs(body) == [
        ("name", "Ada & Ben"),
        ("email", "ada@example.com"),
        ("message", "a < b"),
        ("empty", ""),
        ("tag", "A"),
        ("tag", "B"),
    ]


@pytest.mark.parametrize(
    ("element", "pair"),
    [
        ('<field name="email" value="a"/>', ("email", "a")),
        ('<field name="email">a</field>', ("email", "a")),
        ('<email value="a"/>', ("email", "a")),
        ('<field name="" value="a"/>', ("field", "a")),
        ('<name part="full">Ada</name>', ("name", "Ada")),
        ('<phone name="x" type="cell">1</phone>', ("phone", "1")),
        ("<p>Hello <b>you</b>!</p>", ("p", "Hello you!")),
    ],
)
def test_attributes_only_count_where_they_are_the_pair(element: str, pair: tuple[str, str]) -> None:
    assert xml_pairs(f"<lead>{element}</lead>".encode()) == [pair]


def test_a_document_without_children_is_one_pair() -> None:
    assert xml_pairs(b"<email>a</email>") == [("email", "a")]
    assert xml_pairs(b"<lead/>") == [("lead", "")]


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf<a>x</a>",
        b"\r\n  <a>x</a>",
        b' \n<?xml version="1.0"?><a>x</a>',
        b'<?x y?>\n<?xml version="1.0" encoding="utf-8"?>\n<a>x</a>',
        b'<?XML VERSION="1.0"?><a>x</a>',
        '<?xml version="1.0" encoding="utf-16"?><a>x</a>'.encode("utf-16"),
        "<a>x</a>".encode("utf-16"),
        b"<?xml version=\"1.1\" encoding='us-ascii'?><a>x</a>",
    ],
)
def test_prologs_as_senders_write_them(body: bytes) -> None:
    assert xml_pairs(body) == [("a", "x")]


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [("iso-8859-1", b"Zo\xeb"), ("windows-1252", b"Zo\xeb"), ("ISO-8859-15", b"Zo\xeb")],
)
def test_encodings_that_a_body_declares(encoding: str, raw: bytes) -> None:
    body = b'<?xml version="1.0" encoding="%s"?><a>%s</a>' % (encoding.encode(), raw)
    assert xml_pairs(body) == [("a", "Zoë")]


@pytest.mark.parametrize("body", ENTITIES.values(), ids=ENTITIES)
def test_document_types_and_entities_are_refused(body: str) -> None:
    """They could make a small body huge, or read files and addresses of ours."""
    with pytest.raises(UnreadableBodyError, match="document type or entities"):
        xml_pairs(body.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"text",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a>&nbsp;</a>",
        b"<a>\x00</a>",
        b"<a>&#0;</a>",
        b"<a>\x0b</a>",
        b"<a>Zo\xeb</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<x:a/>",
        b"<a b=1/>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="shift_jis"?><a/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b'<?xml version="1.0" encoding="hex"?><a/>',
        b'<?xml version="1.0" encoding="idna"?><a/>',
        b"<a>\xff\xfe</a>",
        b"\xff\xfe<\x00a",
        b"<?" * 1_000,
        b"<" * 1_000,
    ],
)
def test_broken_xml_is_unreadable_without_a_trace(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError) as caught:
        xml_pairs(body.replace(b"text", b"private"))
    assert "private" not in str(caught.value)


def test_every_beginning_of_a_document_is_unreadable() -> None:
    """Half a lead must not pass for a whole one."""
    body = '<?xml version="1.0"?><lead><name>Zoë</name><email>a</email></lead>'.encode()
    assert xml_pairs(body)
    for length in range(len(body)):
        with pytest.raises(UnreadableBodyError):
            xml_pairs(body[:length])


def test_depth_is_limited() -> None:
    def nested(levels: int) -> bytes:
        return b"<a>" * levels + b"x" + b"</a>" * levels

    assert xml_pairs(nested(MAX_DEPTH)) == [("a", "x")]
    for levels in (MAX_DEPTH + 1, 10_000):
        with pytest.raises(UnreadableBodyError, match="deeply"):
            xml_pairs(nested(levels))
    with pytest.raises(UnreadableBodyError, match="deeply"):
        xml_pairs(b"<a>" * 100_000)


def test_the_number_of_elements_is_limited() -> None:
    assert len(xml_pairs(b"<a>%s</a>" % (b"<b/>" * (MAX_ELEMENTS - 1)))) == MAX_ELEMENTS - 1
    with pytest.raises(UnreadableBodyError, match="elements"):
        xml_pairs(b"<a>%s</a>" % (b"<b/>" * 10_000))
    with pytest.raises(UnreadableBodyError, match="fields"):
        read_body("text/xml", b"<a>%s</a>" % (b"<b/>" * (MAX_BODY_FIELDS + 1)))
