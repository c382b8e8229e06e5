"""A lead as people are shown it: every text cleaned, cut to a sensible length, and in its place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.domain.leads import Lead
from shared.messages.display import headline, lines, mailto, one_line, tel, without_scheme
from shared.messages.masking import masked_email, masked_name, masked_phone, masked_text

NAME = 80
ADDRESS = 254
MESSAGE = 10_000
PAGE = 160
EXTRA_FIELDS = 20
EXTRA_NAME = 60
EXTRA_TEXT = 300
CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


@dataclass(frozen=True, slots=True)
class Card:
    """What templates may use of a lead. A text the lead does not have is empty."""

    lead_id: str
    name: str
    company: str
    email: str
    mailto: str  # the link; empty when the address is not one
    phone: str
    tel: str
    place: str
    product: str
    message: tuple[str, ...]  # its lines
    source: str  # "website"
    kind: str  # "form"
    page: str
    campaign: str
    consent: bool | None  # None: the lead does not say
    extra: tuple[tuple[str, str], ...]
    more: int  # how many further extra fields the lead has


def card(lead: Lead) -> Card:
    """What to show of the lead."""
    fields = lead.fields
    kind, _, source = lead.source.partition("#")
    email = one_line(fields.get("email", ""), ADDRESS)
    phone = one_line(fields.get("phone", ""), NAME)
    extra = _extra(fields)
    consent = fields.get("consent")
    return Card(
        lead_id=one_line(lead.lead_id, NAME),
        name=_name(fields),
        company=headline(fields.get("company", ""), NAME),
        email=email,
        mailto=mailto(email),
        phone=phone,
        tel=tel(phone),
        place=_joined(fields, ", ", "postal_code", "region", "country"),
        product=headline(fields.get("product", ""), NAME),
        message=lines(fields.get("message", ""), MESSAGE),
        source=one_line(source or kind, NAME),
        kind=one_line(kind, NAME) if source else "",
        page=without_scheme(fields.get("page_url", ""), PAGE),
        campaign=_joined(fields, " / ", *CAMPAIGN),
        consent=consent if isinstance(consent, bool) else None,
        extra=extra[:EXTRA_FIELDS],
        more=max(0, len(extra) - EXTRA_FIELDS),
    )


def masked_card(lead: Lead) -> Card:
    """What to show of the lead to those who may take it, and have not: nobody can be reached by it.

    Further fields, the page and the campaign are left out: nobody knows what they hold.
    """
    shown = card(lead)
    fields = lead.fields
    names = [one_line(fields.get(part, ""), ADDRESS) for part in _NAMES]
    email, phone = masked_email(shown.email), masked_phone(shown.phone)
    return replace(
        shown,
        name=masked_name(_own_name(fields)) or email or phone,
        company=masked_text(shown.company, names),
        email=email,
        mailto="",
        phone=phone,
        tel="",
        place=masked_text(shown.place, names),
        product=masked_text(shown.product, names),
        message=tuple(masked_text(line, names) for line in shown.message),
        page="",
        campaign="",
        extra=(),
        more=0,
    )


_NAMES = ("name", "first_name", "last_name")


def _name(fields: Mapping[str, object]) -> str:
    """The name, or what else tells this lead from the next one."""
    return _own_name(fields) or headline(fields.get("email") or fields.get("phone") or "", NAME)


def _own_name(fields: Mapping[str, object]) -> str:
    whole, *parts = (headline(fields.get(part, ""), NAME) for part in _NAMES)
    return whole or headline(" ".join(filter(None, parts)), NAME)


def _joined(fields: Mapping[str, object], between: str, *names: str) -> str:
    texts = (headline(fields.get(name, ""), NAME) for name in names)
    return between.join(text for text in texts if text)


def _extra(fields: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    extra = fields.get("extra")
    if not isinstance(extra, Mapping):
        return ()
    shown = ((headline(n, EXTRA_NAME), headline(text, EXTRA_TEXT)) for n, text in extra.items())
    return tuple((name, text) for name, text in shown if text)
