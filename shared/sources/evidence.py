"""The evidence that a person agreed: what they saw, where, when, and who vouches for it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.sources.names import fold

# What senders call the parts of it, folded (see `fold`).
_SPELLINGS = {
    "text": "consenttext consentlanguage tcpatext tcpaconsenttext tcpaconsent disclosuretext",
    "version": "consentversion termsversion policyversion",
    "trustedform_url": "xxtrustedformcerturl trustedformcerturl trustedformurl trustedform",
    "jornaya_id": "jornayaleadid universalleadid leadidtoken jornayaid",
    "ip": "ip ipaddress clientip userip remoteip",
    "user_agent": "useragent browser",
    "at": "consentat consenttime consentdate optindate",
}
_PARTS = {spelling: part for part, line in _SPELLINGS.items() for spelling in line.split()}
_VOUCHERS = frozenset({"trustedform_url", "jornaya_id", "text"})
_TRUSTEDFORM_HOSTS = frozenset({"cert.trustedform.com", "ping.trustedform.com"})


def consent_evidence(
    said: Mapping[str, str],
    fields: Mapping[str, Any],
    *,
    terms: Mapping[str, str],
    request: Mapping[str, str],
) -> dict[str, Any] | None:
    """What is kept of a person's consent; None when nobody knows what they agreed to.

    A ticked box alone is a field like any other. With the text, or somebody who vouches for it, it
    is evidence.

    `said` are the sender's names and texts; `terms` (text, version) what the source says people
    agree to; `request` what we saw ourselves (ip, user_agent). What the sender said goes before
    both, except the terms: who shows them knows them best, and `ours` names these. Nothing is
    looked up anywhere: a certificate's address only has to be one of its issuer's.
    """
    sent = _sent(said)
    given = fields.get("consent")
    agreed_to_ours = terms and given is not None
    if not agreed_to_ours and _VOUCHERS.isdisjoint(sent):
        return None
    page = fields.get("page_url")
    evidence = {**request, **sent, **terms, **({"page_url": page} if page else {})}
    shown = {name: evidence[name] for name in sorted(evidence)}
    return {"given": given, **shown, **({"ours": sorted(terms)} if terms else {})}


def _sent(said: Mapping[str, str]) -> dict[str, str]:
    sent: dict[str, str] = {}
    for name, text in said.items():
        part = _PARTS.get(fold(name))
        if part and text and part not in sent and (part != "trustedform_url" or _issued(text)):
            sent[part] = text
    return sent


def _issued(url: str) -> bool:
    """Whether a certificate's address is at its issuer's, and nowhere else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and parts.hostname in _TRUSTEDFORM_HOSTS
        and parts.username is None
        and port in (None, 443)
    )
