"""Write docs/formats.md from what the formats say of themselves.

python -m infra.build.formats_page > docs/formats.md
"""

import re
from collections.abc import Iterator

from infra.samples import names, sample
from shared.flows.describing.hook import shown_in, takes_key
from shared.sources.formats import FORMATS, Format, format_of

HEAD = """\
<!-- Made by `python -m infra.build.formats_page > docs/formats.md`; edit the formats, not this. -->

# Formats

Ad and form platforms report leads in their own shapes. A hook names one of these as its `format`:

```yaml
hooks:
  spring-campaign:               # POST /v1/hooks/spring-campaign
    format: meta
    default_country: SE          # of phone numbers that come without a country code
```

1. Add the hook, and `leadwheel apply` the file.
2. Get the platform's secret, or choose one, as said below; `leadwheel secret hook#ID` stores it.
3. Enter the hook's address, `https://…/v1/hooks/ID`, in the platform. The hook's own page,
   `https://…/v1/hooks/ID/spec`, says all of this for it alone.
4. Press the platform's test button, or try it with `leadwheel send --as FORMAT`.

**Proof.** With `trust: signature`, the default, a delivery proves itself as its platform does.
Where that is a shared key, it comes as the header `X-Leadwheel-Key`, as `?key=…` behind the
address, or as the password of HTTP Basic. `trust: key` takes such a key from every platform, for
relays that pass deliveries on. `trust: public` takes everything: only for what anybody may send.

**Fields.** The tables list the platform's own names. The usual spellings (`tel`, `zip`,
`your-email` and so on) are known besides, a hook's own `aliases` go before both, and what is none
of them is kept with the lead under its name. What cannot be read, or has wrong fields, is
quarantined and answered with 200: a platform cannot put it right. A lead that comes again, known
by the platform's id, is the same lead. Tests are stored as such, and go to nobody.
"""

# What a format needs beside its secret, and what else there is to know.
NOTES = {
    "meta": """\
Store `verify_token` and `access_token` too: `leadwheel secret hook#ID verify_token`. Deliveries
hold ids only; leadwheel asks the Graph API for each lead, with the access token. That is a page's
or user's, of somebody who may advertise on the page, with the permissions `leads_retrieval`,
`ads_management`, `pages_manage_ads`, `pages_show_list` and `pages_read_engagement`; the webhook
itself needs `pages_manage_metadata`. What Meta does not give at once is asked for again for a day
and a half, and then waits in quarantine.""",
    "linkedin": """\
Notifications hold ids only, and leadwheel does not ask LinkedIn for the leads: they wait in
quarantine. A relay that asks for them can deliver LinkedIn's answers here, just as they are.""",
    "generic": """\
A `mapping` says where in the body things are; without one, names and values are read as they come.

```yaml
hooks:
  crm:
    format: generic
    trust: key
    mapping:
      leads: /data/leads              # where the list is, when one body holds several leads
      id: /id                         # the platform's own id: what comes twice is one lead
      test: /is_test                  # true, yes, 1 or "test": it is only trying
      fields:
        email: /contact/email         # a JSON pointer, from the lead itself …
        phone: tel                    # … or the name of a member, a form field or an XML element
        name: [/contact/first, /contact/last]   # several are joined with a space
```""",
}

_LANGUAGES = {"json": "json", "xml": "xml"}


def page() -> str:
    """Return the whole document."""
    listed = sorted(FORMATS, key=lambda name: (name == "generic", format_of(name).TITLE.lower()))
    rows = "".join(
        f"| [{format_of(name).TITLE}](#{_anchor(name)}) | `{name}` |\n" for name in listed
    )
    sections = "\n".join(_section(name) for name in listed)
    return f"{HEAD}\n| platform | `format` |\n|---|---|\n{rows}\n{sections}"


def _anchor(name: str) -> str:
    """Return what a heading becomes in an address, on GitHub."""
    title = format_of(name).TITLE.lower()
    return "".join(char for char in title if char.isalnum() or char in " -_").replace(" ", "-")


def _section(name: str) -> str:
    return "\n".join(part for part in _parts(name, format_of(name)) if part)


def _parts(name: str, platform: Format) -> Iterator[str]:
    yield f"## {platform.TITLE}\n"
    yield f"`format: {name}`\n"
    yield f"**Secret.** {platform.SECRET}\n"
    yield f"**Proof.** {_proof(platform)}\n"
    if name in NOTES:
        yield f"{NOTES[name]}\n"
    yield table(platform)
    for each in names():
        if re.fullmatch(rf"{name}(-\d)?", each):
            yield _sample(each)


def _proof(platform: Format) -> str:
    headers = " and ".join(f"`{header}`" for header in shown_in(platform.SCHEME))
    if takes_key(platform.SCHEME):
        signed = "" if headers == "`X-Leadwheel-Key`" else f"The signature in {headers}, or "
        how = f"{signed}{'the' if signed else 'The'} secret itself, as a shared key."
    elif headers:
        how = f"The signature in {headers}."
    else:
        how = f"The secret itself, as `{platform.SCHEME.name}` in the body."
    asks = hasattr(platform, "challenge")
    return f"{how}{' The platform asks first whether the address is ours.' if asks else ''}"


def table(platform: Format) -> str:
    """Return the platform's own names of the lead's fields, or that there are none."""
    if not platform.ALIASES:
        return "Its names are known anyway, or those that the form's owner chose.\n"
    rows = "".join(
        f"| `{field}` | {', '.join(f'`{alias}`' for alias in aliases)} |\n"
        for field, aliases in platform.ALIASES.items()
    )
    return f"| field of the lead | names at the platform |\n|---|---|\n{rows}"


def _sample(name: str) -> str:
    shown = sample(name)
    language = next((word for word in _LANGUAGES if word in shown.content_type), "")
    text = shown.body.decode().replace("\r\n", "\n").rstrip("\n")
    kind, _, _ = shown.content_type.partition(";")
    summary = f"<summary>A sample (<code>{kind}</code>)</summary>"
    return f"<details>{summary}\n\n```{language}\n{text}\n```\n\n</details>\n"


if __name__ == "__main__":
    print(page(), end="")
