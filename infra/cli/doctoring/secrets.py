"""The secrets: that they are there, and long enough, and hold what the configuration needs."""

from collections.abc import Iterator

from infra.cli.doctoring import expected
from infra.cli.doctoring.facts import Facts
from infra.cli.doctoring.finding import Finding, fault, warning
from infra.cli.secret import OF_CHANNELS
from shared.domain.config import Config
from shared.domain.sources import Hook, Partner

_WITHOUT = {
    "LinkSecret": "links in mails neither open nor can be made: mails about leads do not go out",
    "AdminToken": "managers and the command line cannot use the API",
    "SourceSecrets": "partners and hooks are refused, and channels that need a secret fail",
}


def without(name: str) -> str:
    """What does not work without a secret."""
    return _WITHOUT[name]


def judge(facts: Facts) -> Iterator[Finding]:
    """All three."""
    for name, secret in facts.of("secret").items():
        if secret.get("deleted"):
            yield fault(
                "secret-missing",
                f"the secret {name} is marked for deletion",
                without(name),
                f"aws secretsmanager restore-secret --secret-id {facts.resources[name]}",
            )
        elif name in expected.GENERATED and (not secret["lines"] or secret["weak"]):
            yield fault(
                "secret-weak",
                f"the secret {name} is empty, too short, or a placeholder",
                "somebody may guess it" if secret["lines"] else without(name),
                "put a random one into it, 64 letters and digits, from a file: aws secretsmanager"
                f" put-secret-value --secret-id {facts.resources[name]} --secret-string file://…",
            )
        elif name == "SourceSecrets":
            yield from _credentials(secret["held"], facts)


def _credentials(held: dict[str, list[str]] | None, facts: Facts) -> Iterator[Finding]:
    if held is None:
        yield fault(
            "secret-damaged",
            "the secret SourceSecrets holds no JSON object",
            without("SourceSecrets"),
            "bring back the version before in Secrets Manager (stage AWSPREVIOUS); or put {} into"
            " it, and all credentials anew",
        )
        return
    active = facts.one("configuration")
    if active is None or active.config is None:
        return
    for named, wanted in _wanted(active.config):
        if wanted in held.get(named, ()):
            continue
        kind, _, whose = named.partition("#")
        words = f"key {whose}" if wanted == "keys" else f"secret {named}"
        what = {"keys": "key", "url": "address"}.get(wanted, wanted)
        yield warning(
            "no-credentials",
            f"{kind} {whose} has no {what}",
            "nothing can be sent there" if kind == "channel" else "all it sends is refused",
            facts.command(words) + ("" if wanted == "keys" else ", then paste it"),
        )


def _wanted(config: Config) -> Iterator[tuple[str, str]]:
    """Which credential each source and channel needs, by its name in the secret."""
    for named, source in config.sources():
        if isinstance(source, Partner):
            yield named, "keys" if source.trust == "key" else "secret"
        elif isinstance(source, Hook) and source.trust != "public":
            yield named, "secret"
    for name, channel in config.channels.items():
        if wanted := OF_CHANNELS.get(channel.kind):
            yield f"channel#{name}", wanted


def well(facts: Facts) -> str:
    """What is said when all are there."""
    held = (facts.of("secret").get("SourceSecrets") or {}).get("held") or {}
    return f"{len(facts.of('secret'))} secrets; credentials of {len(held)} sources and channels"
