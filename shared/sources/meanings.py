"""What each field of a lead means to whoever sends it, with an example that reads well."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Meaning(NamedTuple):
    """One sentence, and what to show as an example."""

    text: str
    example: str | bool


MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        "name": Meaning("The whole name, or send first and last name instead.", "Ada Example"),
        "first_name": Meaning("The given name; the whole name is made of both.", "Ada"),
        "last_name": Meaning("The family name.", "Example"),
        "email": Meaning("One e-mail address.", "ada@example.com"),
        "phone": Meaning("One whole phone number, best with its country code.", "+442079460018"),
        "company": Meaning("The company the person writes for.", "Example Ltd"),
        "country": Meaning("Two letters (ISO 3166-1) or the country's English name.", "GB"),
        "region": Meaning("State, province or county.", "London"),
        "postal_code": Meaning(
            "Postcode or zip, as text: a number loses the zeros at its start.", "SW1A 1AA"
        ),
        "product": Meaning("What the person asks about.", "Consultation"),
        "message": Meaning(
            "The person's own words; line breaks are kept.", "Please call me after five."
        ),
        "consent": Meaning(
            "Whether the person agreed to be contacted: true or false, yes or no.",
            True,  # noqa: FBT003 (that is what is sent)
        ),
        "utm_source": Meaning("Where the visit came from.", "google"),
        "utm_medium": Meaning("By which kind of channel.", "cpc"),
        "utm_campaign": Meaning("In which campaign.", "spring"),
        "utm_term": Meaning("For which search words.", "solar roof"),
        "utm_content": Meaning("By which advertisement.", "banner-2"),
        "page_url": Meaning(
            "The whole address of the page with the form.", "https://www.example.com/offer"
        ),
    }
)

# Numbers that are never given to anybody: Ofcom's and the NANPA's for fiction, and their like.
_PLACES = {
    "AU": ("+61491570156", "New South Wales", "2000"),
    "DE": ("+493023125123", "Berlin", "10115"),
    "FR": ("+33199001234", "Paris", "75001"),
    "GB": ("+442079460018", "London", "SW1A 1AA"),
    "SE": ("+46701740605", "Stockholm", "111 20"),
    "US": ("+12025550143", "California", "94103"),
}


def examples_for(country: str) -> dict[str, str | bool]:
    """An example of each field, of a person in this country (alpha-2) as far as we know one."""
    examples: dict[str, str | bool] = {field: each.example for field, each in MEANINGS.items()}
    phone, region, postal_code = _PLACES.get(country, _PLACES["GB"])
    examples |= {"country": country, "phone": phone}
    if country in _PLACES:
        examples |= {"region": region, "postal_code": postal_code}
    return examples
