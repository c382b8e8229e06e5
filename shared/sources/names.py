"""The lead's own field names, and how to recognise them under the names that senders use."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.domain import spelling
from shared.sources.text import clean, clean_name

FIELDS = (
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "country",
    "region",
    "postal_code",
    "product",
    "message",
    "consent",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "page_url",
)
"""Every field that a lead can have beside `extra`, in the order in which it shows them."""

# Folded (see `fold`), so "zipcode" stands for "Zip code", "zip_code" and "ZIP-Code". English only,
# and only words that hardly ever mean something else: "website" is as often a trap for robots as an
# address.
_COMMON_SPELLINGS = {
    "name": "fullname yourname yourfullname contactname customername",
    "first_name": "firstname fname givenname forename yourfirstname",
    "last_name": "lastname lname surname familyname yourlastname",
    "email": "mail youremail emailaddress youremailaddress workemail businessemail contactemail",
    "phone": (
        "tel telephone mobile cell phonenumber telephonenumber mobilenumber mobilephone cellphone "
        "yourphone yourphonenumber yourtel contactnumber telno phoneno workphone businessphone"
    ),
    "company": (
        "companyname yourcompany organisation organization organisationname organizationname "
        "business businessname"
    ),
    "country": "countrycode countryname yourcountry",
    "region": "state province stateprovince",
    "postal_code": "zip zipcode postcode postalcode zippostalcode",
    "product": "productname productinterest productofinterest",
    "message": "yourmessage comment comments yourcomment enquiry inquiry",
    "consent": "consentgiven gdpr gdprconsent privacyconsent",
    "page_url": "url pageuri sourceurl landingpageurl",
}


class Written(NamedTuple):
    """A field as the sender wrote it: its name there, and its text, cleaned and stripped."""

    name: str
    text: str


fold = spelling.fold

_SPELLINGS = {fold(field): field for field in FIELDS} | {
    spelling: field for field, line in _COMMON_SPELLINGS.items() for spelling in line.split()
}


def field_meant(name: str) -> str | None:
    """The one of FIELDS that a name means by itself; None: it is a name of the sender's own."""
    return _SPELLINGS.get(fold(name))


def match_fields(
    raw: Mapping[str, str], aliases: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Written], dict[str, str]]:
    """Sort what was sent into the lead's fields and everything else, both cleaned.

    `aliases` are the source's own: field → names it uses for it. They count before the common
    spellings, and a name that they know goes first; otherwise the first one in body order that is
    not empty gives the field. What else was meant for the same field stays in the second mapping
    under the sender's name. An alias for a name that is none of FIELDS renames a field there.
    Fields that came empty are in the first mapping only, with their name as written.
    """
    own = {fold(spelling): field for field, listed in aliases.items() for spelling in listed}
    own.pop("", None)  # a name of punctuation only folds to nothing, like every other such name
    sent = [Written(clean_name(name), clean(text).strip()) for name, text in raw.items()]
    found: dict[str, Written] = {}
    extra: dict[str, str] = {}
    for written in sorted(sent, key=lambda written: fold(written.name) not in own):
        key = fold(written.name)
        field = own.get(key) or _SPELLINGS.get(key, "")
        if field not in FIELDS:
            keep(extra, field or written.name, written.text)
        elif field not in found or (written.text and not found[field].text):
            found[field] = written
        else:
            keep(extra, written.name, written.text)
    return found, extra


def keep(extra: dict[str, str], name: str, text: str) -> None:
    """Add a text under its name, or a numbered one if that is taken; an empty text says nothing."""
    if not text:
        return
    label, number = name, 1
    while label in extra:
        number += 1
        label = f"{name} ({number})"
    extra[label] = text
