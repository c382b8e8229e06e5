"""ADF: leads of car buyers, as XML."""

import pytest

from infra.samples import sample
from shared.errors import UnreadableBodyError
from shared.sources.delivery import Reported
from tests.unit.sources.formats.plugins import fields, read_all, read_one, read_sample

NAME = "adf"
CONTACT = '<contact><name part="full">Ada Example</name><email>ada@sun.example</email></contact>'


def adf(*prospects: str) -> bytes:
    inner = "".join(f"<prospect>{prospect}</prospect>" for prospect in prospects)
    return f'<?xml version="1.0"?><?adf version="1.0"?><adf>{inner}</adf>'.encode()


def one(prospect: str) -> Reported:
    return read_one(NAME, adf(prospect), "text/xml")


def customer(inner: str) -> dict[str, str]:
    return dict(one(f"<customer>{inner}</customer>").said)


def test_the_sample() -> None:
    lead = read_sample(NAME)
    assert fields(NAME, lead) == {
        "name": "Solveig Abernathy",
        "first_name": "Solveig",
        "last_name": "Abernathy",
        "email": "solveig+1@abernathy-prints.example",
        "phone": "+16505550157",
        "country": "US",
        "region": "CA",
        "postal_code": "94044",
        "product": "2027 Volvo EX30 Ultra",
        "message": "Can I drive it on a Sunday?",
        "extra": {
            "phone voice": "650-555-0106",
            "street": "3 Kelp Court, Rear house",
            "city": "Pacifica",
            "customer timeframe description": "Before the new year",
            "vehicle interest": "buy",
            "vehicle status": "new",
            "vehicle stock": "N2207",
            "vehicle colorcombination interiorcolor": "Grey",
            "vehicle colorcombination exteriorcolor": "Blue",
            "vehicle colorcombination preference": "1",
            "vehicle comments": "With a tow bar, if there is one.",
            "trade-in": "2016 Mazda 3",
            "trade-in status": "used",
            "trade-in odometer": "71200",
            "request_date": "2026-11-03T11:08:00-08:00",
            "vendor vendorname": "Bayshore Electric Cars",
            "vendor name": "Bayshore sales desk",
            "vendor email": "desk@bayshore-electric.example",
            "provider name": "Motorlane",
            "provider service": "New car quotes",
            "provider url": "https://motorlane.example/",
        },
    }
    assert lead.external_id == "Motorlane-ML-1"


@pytest.mark.parametrize(
    "content_type",
    ["text/xml", "application/x-adf+xml", "text/plain", "application/octet-stream", None],
)
def test_it_comes_under_many_labels(content_type: str | None) -> None:
    lead = read_one(NAME, sample(NAME).body, content_type)
    assert lead == read_sample(NAME)


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        "\n\n",
        "\ufeff",
        '<?ADF VERSION "1.0"?>\n<?XML VERSION "1.0"?>\n',
        '<?adf version="1.0"?><?xml version="1.0" encoding="UTF-8"?>',
    ],
)
def test_the_odd_beginnings_that_senders_write(prolog: str) -> None:
    """The specification itself begins with the third of them, which no parser takes."""
    body = f"{prolog}<adf><prospect><customer>{CONTACT}</customer></prospect></adf>".encode()
    assert read_one(NAME, body, "text/xml").said["email"] == "ada@sun.example"


def test_capitals_and_namespaces_do_not_matter() -> None:
    body = (
        b'<a:ADF xmlns:a="urn:x"><a:Prospect><a:Customer><a:Contact>'
        b'<a:Name part="First">Ada</a:Name></a:Contact></a:Customer></a:Prospect></a:ADF>'
    )
    assert read_one(NAME, body, "text/xml").said == {"first_name": "Ada"}


def test_each_prospect_is_a_lead() -> None:
    leads = read_all(
        NAME, adf("<id>1</id>", f"<id>2</id><customer>{CONTACT}</customer>"), "text/xml"
    )
    assert [lead.external_id for lead in leads] == ["1", "2"]
    alone = f"<prospect><customer>{CONTACT}</customer></prospect>".encode()
    assert read_one(NAME, alone, "text/xml").said["name"] == "Ada Example"


@pytest.mark.parametrize(
    ("ids", "expected", "others"),
    [
        ('<id source="A">7</id>', "A-7", {}),
        ("<id>7</id>", "7", {}),
        ('<id source="A"> </id>', None, {}),
        ("", None, {}),
        ('<id sequence="1" source="A">7</id><id sequence="2">8</id>', "A-7", {"id": "8"}),
    ],
)
def test_an_id_is_one_of_its_source(ids: str, expected: str | None, others: dict[str, str]) -> None:
    lead = one(ids)
    assert lead.external_id == expected
    assert lead.said == others


def test_names() -> None:
    parts = "<contact>{}</contact>".format(
        '<name part="first">Ada</name><name part="middle">M.</name>'
        '<name part="surname">Byron</name><name part="suffix">Jr.</name>'
        '<name type="business" part="full">Sun Ltd</name>'
    )
    assert customer(parts) == {
        "first_name": "Ada",
        "middle_name": "M.",
        "last_name": "Byron",
        "suffix_name": "Jr.",
        "company": "Sun Ltd",
    }


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        ('<phone type="voice">1</phone><phone type="cellphone">2</phone>', "2"),
        ('<phone type="cellphone">1</phone><phone preferredcontact="1">2</phone>', "2"),
        ('<phone type="fax">1</phone><phone>2</phone>', "2"),
        ('<phone type="fax" preferredcontact="1">1</phone><phone>2</phone>', "2"),
        ("<phone>1</phone><phone>2</phone>", "1"),
        ("<phone></phone><phone>2</phone>", "2"),
    ],
)
def test_the_phone_to_call_first(phones: str, expected: str) -> None:
    said = customer(f"<contact>{phones}</contact>")
    assert said["phone"] == expected
    assert len(said) == phones.count("</phone>") - phones.count("<phone></phone>")


def test_a_fax_alone_is_no_phone() -> None:
    assert customer('<contact><phone type="fax">1</phone></contact>') == {"fax": "1"}


def test_the_vehicle_wanted_is_the_product() -> None:
    old = '<vehicle interest="trade-in"><year>2009</year><make>Saab</make></vehicle>'
    new = "<vehicle><make>Volvo</make><vin>X1</vin><price>9000</price></vehicle>"
    second = '<vehicle interest="lease"><make>Polestar</make><stock>4</stock></vehicle>'
    assert one(old + new + second).said == {
        "trade-in": "2009 Saab",
        "product": "Volvo",
        "vehicle vin": "X1",
        "vehicle price": "9000",
        "other vehicle": "Polestar",
        "other vehicle interest": "lease",
        "other vehicle stock": "4",
    }
    assert one(old).said == {"trade-in": "2009 Saab"}


def test_nothing_that_is_said_gets_lost() -> None:
    """Also what the specification does not know."""
    said = customer(
        f"{CONTACT}<id>c</id><mood>good</mood><contact><hobby><sport>x</sport></hobby></contact>"
    )
    assert set(said.values()) == {"Ada Example", "ada@sun.example", "c", "good", "x"}


def test_encodings() -> None:
    body = '<?xml version="1.0" encoding="iso-8859-1"?><adf><prospect><customer><contact><name>Zoë'
    body += "</name></contact></customer></prospect></adf>"
    assert read_one(NAME, body.encode("latin-1"), "text/xml").said["name"] == "Zoë"
    utf_16 = body.replace("iso-8859-1", "utf-16").encode("utf-16")
    assert read_one(NAME, utf_16, "text/xml").said["name"] == "Zoë"
    plain = body.partition("?>")[2].encode("latin-1")
    assert read_one(NAME, plain, "text/xml; charset=latin-1").said["name"] == "Zoë"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<adf/>",
        b"<adf><vehicle/></adf>",
        b"<html><body>prospect</body></html>",
        b"<adf><prospect>",
        b"{}",
        b"name=Ada",
        b'<!DOCTYPE adf SYSTEM "adf.dtd"><adf><prospect/></adf>',
    ],
)
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_all(NAME, body, "text/xml")


def test_an_empty_prospect_is_a_lead_that_says_nothing() -> None:
    """To be refused for its missing fields, not for its shape."""
    assert one("").said == {}
