"""Bodies as they came: whom one is about, and who else is named in it.

A platform's delivery may hold several leads, and each that is held keeps all of it. What nobody has
read is about whoever is named in it.
"""

from shared.domain.config import ActiveConfig
from shared.domain.leads import Lead
from shared.store import persons
from shared.store.capturing import Raw
from shared.store.table import compact_json


def contacts_of(lead: Lead) -> list[tuple[str, str]]:
    """How a lead's person is reached, by its fields: ("email" or "phone", normal text)."""
    return [
        (field, str(lead.fields[field])) for field in persons.KNOWN_BY if lead.fields.get(field)
    ]


def is_shared(lead: Lead, raw: Raw, active: ActiveConfig) -> bool:
    """Whether the body a lead came in is about others than its person, as far as can be told.

    What tells of several leads is, however they are named there. What somebody has written about
    others in a form is their own message, and in the fields too.
    """
    if raw.leads > 1:
        return True
    known = contacts_of(lead)
    if not known:
        return about_one(lead, raw.body, active) is None
    if not lead.source.startswith("hook#"):
        return False
    from shared.sources.mentions import mentioned

    own = {persons.mark_of(active.pepper, *contact) for contact in known}
    return any(
        persons.mark_of(active.pepper, *contact) not in own for contact in mentioned(raw.body)
    )


def about_one(lead: Lead, body: bytes, active: ActiveConfig) -> list[tuple[str, str]] | None:
    """The one address and the one number in a body, as far as there are any; None: there are more.

    Nobody can tell to whom a second one belongs. Numbers without their country are read as the
    lead's source says.
    """
    from shared.sources.mentions import mentioned

    source, pepper = active.config.source(lead.source), active.pepper
    found: dict[str, tuple[str, str]] = {}
    for field, text in mentioned(body, source.default_country if source else None):
        mark = persons.mark_of(pepper, field, text)
        if field in found and persons.mark_of(pepper, *found[field]) != mark:
            return None
        found.setdefault(field, (field, text))
    return list(found.values())


def names(body: bytes, contact: tuple[str, str], pepper: bytes) -> bool:
    """Whether this address or number stands in a body; a number also without its country."""
    from shared.sources.mentions import may_mention, mentioned, mentions_at_home

    field, text = contact
    if not may_mention(body, field, text):
        return False
    wanted = persons.mark_of(pepper, field, text)
    if any(persons.mark_of(pepper, *one) == wanted for one in mentioned(body)):
        return True
    return field == "phone" and mentions_at_home(body, text)


def is_theirs(lead: Lead, contact: tuple[str, str], pepper: bytes) -> bool:
    """Whether a lead whose body names a person has to go with it.

    Not one that is known to be somebody else's. Of what nobody has read the body is all there is.
    """
    if contacts_of(lead):
        return False
    return not lead.fields or names(compact_json(lead.fields).encode(), contact, pepper)
