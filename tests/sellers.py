"""Sources that tests describe: one of each kind, with all that can be said of them."""

from typing import Any

from shared.domain.config import ActiveConfig
from tests.team import active, config

# What must never be on a public page.
SECRETS = ("4711", "quiet-cap", "secret screen", "rival", "0.3141", "sellers", "hush", "sibling")

# For shells, Python, JSON, XML and HTML to trip over.
ODD = """Bob's "best" </script> $HOME C:\\new & é"""

PARTNER: dict[str, Any] = {
    "name": "Acme Leads",
    "mode": "live",
    "group": "sellers",
    "default_country": "SE",
    "required": ["name", "postal_code", "budget"],
    "values": {"product": [ODD, "XC40"], "budget": ["low", "high"]},
    "aliases": {"phone": ["mobil", "MOBIL"], "budget": ["max_price"]},
    "defaults": {"country": "SE"},
    "pings": True,
    "price": "47.11",
    "prices": [{"when": {"product": "hush"}, "price": "4711"}],
    "caps": [{"name": "quiet-cap", "per": "day", "leads": 4711}],
    "screening": [{"name": "secret screen", "then": "reject", "when": {"budget": "0.3141"}}],
    "duplicates": {"within": "30d", "keys": ["email", "phone"]},
    "hours": [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00"},
        {"days": ["sat"], "start": "22:00", "end": "02:00"},
    ],
    "time_zone": "Europe/Stockholm",
    "returns": {"policy": "approve"},
    "consent": {"text": "You may call me.", "version": "3"},
}
FORM = {
    "name": "Website",
    "required": ["name", "consent"],
    "values": {"product": ["XC40", "EX30"]},
    "honeypot": "fax_number",
    "started_field": "started_at",
    "min_seconds": 3,
    "redirects": ["https://www.example.com/thanks"],
    "origins": ["https://www.example.com"],
}
MAPPED = {
    "format": "generic",
    "mapping": {
        "leads": "/data/items",
        "id": "/id",
        "fields": {"email": "/answers/0/value", "name": ["/first", "/last"], "phone": "tel"},
    },
}


def sources(**partner: Any) -> dict[str, Any]:
    """Sections of a configuration; keyword arguments replace what the partner `acme` has."""
    return {
        "groups": {"sellers": {"caps": [{"name": "sibling", "per": "week", "money": "4711"}]}},
        "partners": {
            "acme": {**PARTNER, **partner},
            "adf": {**PARTNER, "format": "adf"},
            "signing": {**PARTNER, "trust": "signature"},
            "plain": {},
            "rival": {"name": "rival", "mode": "live"},
        },
        "forms": {"website": FORM},
        "hooks": {
            "mapped": MAPPED,
            "meta": {"format": "meta"},
            "google": {"format": "google-ads"},
            "plugin": {"format": "wpforms", "required": ["name"]},
            "open": {"format": "zapier", "trust": "public"},
        },
    }


def selling(**partner: Any) -> ActiveConfig:
    """A configuration with these sources, in force."""
    return active(config({"anna": 1}, more=sources(**partner)), version=12)
