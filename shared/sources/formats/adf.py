"""ADF, the Auto-lead Data Format: XML that car sites, dealers and CRMs exchange.

`<adf><prospect><id source="…">…</id><requestdate>…</requestdate><vehicle interest="buy"><year>2024
</year><make>…</make><model>…</model></vehicle><customer><contact><name part="first">…</name><email>
…</email><phone type="cellphone">…</phone><address>…</address></contact><comments>…</comments>
</customer><vendor>…</vendor><provider>…</provider></prospect></adf>`, with one prospect or more.

Source: "ADF: Auto-lead Data Format, an industry standard data format for the export and import of
automotive customer leads using XML", version 1.0, and its DTD.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import UnreadableBodyError
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats._flat import KEY_IN_HEADER
from shared.sources.formats._tree import each, reported, say
from shared.sources.media_type import read_media_type
from shared.sources.signatures import SHARED_KEY
from shared.sources.xml_body import element_text, local_name, xml_root

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TITLE = "ADF/XML"
SECRET = KEY_IN_HEADER.format(where="if the sender can set headers")
SCHEME = SHARED_KEY
ALIASES: dict[str, tuple[str, ...]] = {}

_NAME_PARTS = {
    "full": "name",
    "first": "first_name",
    "middle": "middle_name",
    "last": "last_name",
    "surname": "last_name",
}
_ADDRESS = {"regioncode": "region", "postalcode": "postal_code"}
_NOT_WANTED = frozenset({"sell", "trade-in", "tradein"})
_MODEL = ("year", "make", "model", "trim")


def read(delivery: Delivery, mapping: Mapping[str, Any], /) -> list[Reported]:
    """Read the leads; see `shared.sources.formats`."""
    root = xml_root(delivery.body, encoding=_encoding(delivery))
    prospects = [root] if _tag(root) == "prospect" else _all(root, "prospect")
    if not prospects:
        raise UnreadableBodyError("the XML holds no prospect")
    return each(prospects, _one, element_text)


def _encoding(delivery: Delivery) -> str | None:
    """Return the charset of the content type, when it names one and not just UTF-8."""
    label = delivery.content_type or ""
    charset = f"text/plain;{label.partition(';')[2]}"
    encoding = read_media_type(charset).encoding
    return encoding if encoding != "utf-8" else None


def _one(prospect: "Element") -> Reported:
    said: dict[str, str] = {}
    for part in prospect:
        if _tag(part) == "customer":
            _customer(part, said)
    _vehicles(_all(prospect, "vehicle"), said)
    ids = _all(prospect, "id")
    for part in prospect:
        if _tag(part) == "requestdate":
            say(said, "request_date", element_text(part))
        elif _tag(part) not in ("customer", "vehicle") and part not in ids[:1]:
            for path, text in _leaves(part):
                say(said, " ".join(path), text)
    return reported(said, external_id=_id(ids[0]) if ids else None)


def _id(element: "Element") -> str | None:
    """Return an id with who gave it: several sites may count from one."""
    source, text = element.get("source", "").strip(), element_text(element)
    return f"{source}-{text}" if source and text else text or None


# ── The customer ─────────────────────────────────────────────────────────────────────────────────


def _customer(customer: "Element", said: dict[str, str]) -> None:
    contacts = _all(customer, "contact")
    for contact in contacts:
        _contact(contact, said)
    for part in customer:
        if _tag(part) == "comments":
            say(said, "message", element_text(part))
        elif part not in contacts:
            for path, text in _leaves(part):
                say(said, " ".join(("customer", *path)), text)


def _contact(contact: "Element", said: dict[str, str]) -> None:
    for name in _all(contact, "name"):
        say(said, _name(name), element_text(name))
    for kind in ("email", "phone"):
        for element in sorted(_all(contact, kind), key=_rank):
            say(said, _reached_by(element, said), element_text(element))
    for part in contact:
        if _tag(part) == "address":
            _address(part, said)
        elif _tag(part) not in ("name", "email", "phone"):
            for path, text in _leaves(part):
                say(said, " ".join(path), text)


def _name(name: "Element") -> str:
    if name.get("type", "").lower() == "business":
        return "company"
    part = name.get("part", "full").lower()
    return _NAME_PARTS.get(part, f"{part}_name")


def _rank(element: "Element") -> tuple[bool, bool, bool]:
    """Order ways to reach a person: the preferred one first, a mobile phone next, fax last."""
    kind = _kind(element)
    return element.get("preferredcontact") != "1", kind in ("fax", "pager"), "cell" not in kind


def _reached_by(element: "Element", said: dict[str, str]) -> str:
    tag, kind = _tag(element), _kind(element)
    if kind in ("fax", "pager"):
        return kind
    return tag if tag not in said or not kind else f"{tag} {kind}"


def _kind(element: "Element") -> str:
    return element.get("type", "").strip().lower()


def _address(address: "Element", said: dict[str, str]) -> None:
    streets = [element_text(street) for street in _all(address, "street")]
    say(said, "street", ", ".join(filter(None, streets)))
    for part in address:
        if _tag(part) != "street":
            say(said, _ADDRESS.get(_tag(part), _tag(part)), element_text(part))


# ── The vehicles ─────────────────────────────────────────────────────────────────────────────────


def _vehicles(vehicles: list["Element"], said: dict[str, str]) -> None:
    """Say what the person wants as the product, and all else that is known of each vehicle."""
    wanted = [vehicle for vehicle in vehicles if _interest(vehicle) not in _NOT_WANTED]
    for vehicle in vehicles:
        if vehicle in wanted[:1]:
            label, about = "product", "vehicle"
        else:
            label = about = "other vehicle" if vehicle in wanted else _interest(vehicle)
        texts = {_tag(part): element_text(part) for part in reversed(vehicle)}
        say(said, label, " ".join(texts[tag] for tag in _MODEL if texts.get(tag)))
        for attribute in ("interest", "status"):
            text = vehicle.get(attribute)
            say(said, f"{about} {attribute}", text if text != about else "")
        for part in vehicle:
            if _tag(part) not in _MODEL:
                for path, text in _leaves(part):
                    say(said, " ".join((about, *path)), text)


def _interest(vehicle: "Element") -> str:
    return vehicle.get("interest", "buy").strip().lower()


# ── Elements ─────────────────────────────────────────────────────────────────────────────────────


def _tag(element: "Element") -> str:
    return local_name(element).lower()


def _all(element: "Element", tag: str) -> list["Element"]:
    return [child for child in element if _tag(child) == tag]


def _leaves(element: "Element", *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield path and text of everything in an element; what only groups others is no step."""
    steps = (*path, _tag(element))
    if not len(element):
        yield steps, element_text(element)
    for child in element:
        yield from _leaves(child, *(path if _tag(element) == "contact" else steps))
