"""A source's specification, made of the configuration in force: what to send, how, what comes back.

It is for the public: prices, caps, screens and all that concerns other senders stay out of it.
"""

from shared.domain.config import ActiveConfig
from shared.domain.description import Description
from shared.domain.sources import Form, Hook, Partner
from shared.errors import NotFoundError
from shared.flows.describing.form import described_form
from shared.flows.describing.hook import described_hook
from shared.flows.describing.partner import described_partner


def describe_source(active: ActiveConfig, named: str, public_url: str) -> Description:
    """The specification of a source (`partner#acme`), of the API at `public_url`.

    NotFoundError: there is none.
    """
    kind, _, source_id = named.partition("#")
    base = f"{public_url.rstrip('/')}/v1/{kind}s/{source_id}"
    match active.config.source(named):
        case Partner() as partner:
            return described_partner(partner, source_id, base, active.version)
        case Form() as form:
            return described_form(form, source_id, base, active.version)
        case Hook() as hook:
            return described_hook(hook, source_id, base, active.version)
    raise NotFoundError(f"there is no {kind} {source_id!r}")
