"""Bodies as they came: whom one is about, and who else is named in it.

A platform's delivery may hold several leads, and each that is held keeps all of it. What nobody has
read is about whoever is named in it.
"""

from shared.domain.leads import Lead
from shared.store import persons
from shared.store.table import compact_json


def contacts_of(lead: Lead) -> list[tuple[str, str]]:
    """How a lead's person is reached, by its fields: ("email" or "phone", normal text)."""
    return [
        (field, str(lead.fields[field])) for field in persons.KNOWN_BY if lead.fields.get(field)
    ]


def is_shared(lead: Lead, body: bytes, pepper: bytes) -> bool:
    """Whether the body a lead came in names others than its person.

    What somebody has written about others in a form is their own message, and in the fields too.
    """
    known = contacts_of(lead)
    if not known:
        return about_one(body, pepper) is None
    if not lead.source.startswith("hook#"):
        return False
    from shared.sources.mentions import mentioned

    own = {persons.mark_of(pepper, *contact) for contact in known}
    return any(persons.mark_of(pepper, *contact) not in own for contact in mentioned(body))


def about_one(body: bytes, pepper: bytes) -> list[tuple[str, str]] | None:
    """The one address and the one number in a body, as far as there are any; None: there are more.

    Nobody can tell to whom a second one belongs.
    """
    from shared.sources.mentions import mentioned

    found: dict[str, tuple[str, str]] = {}
    for field, text in mentioned(body):
        mark = persons.mark_of(pepper, field, text)
        if field in found and persons.mark_of(pepper, *found[field]) != mark:
            return None
        found.setdefault(field, (field, text))
    return list(found.values())


def names(body: bytes, contact: tuple[str, str], pepper: bytes) -> bool:
    """Whether this address or number stands in a body."""
    from shared.sources.mentions import may_mention, mentioned

    if not may_mention(body, *contact):
        return False
    wanted = persons.mark_of(pepper, *contact)
    return any(persons.mark_of(pepper, *one) == wanted for one in mentioned(body))


def is_theirs(lead: Lead, contact: tuple[str, str], pepper: bytes) -> bool:
    """Whether a lead whose body names a person has to go with it.

    Not one that is known to be somebody else's. Of what nobody has read the body is all there is.
    """
    if contacts_of(lead):
        return False
    return not lead.fields or names(compact_json(lead.fields).encode(), contact, pepper)
