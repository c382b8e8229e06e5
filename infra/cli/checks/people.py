"""Reps who cannot be told apart."""

from collections.abc import Iterator

from infra.cli.checks.finding import Finding
from shared.domain.addresses import same_address
from shared.domain.config import Config


def findings(config: Config) -> Iterator[Finding]:
    """Active reps with the address of another, who is before them in the file."""
    first_of: dict[str, str] = {}
    for rep_id, rep in config.reps.items():
        if not rep.active:
            continue
        first = first_of.setdefault(same_address(rep.email), rep_id)
        if first != rep_id:
            message = (
                f"{first} has this address, too: whoever signs in with it is {first},"
                f" and does not see what {rep_id} has"
            )
            advice = "give each an address of their own, if both are to sign in"
            yield Finding("shared-address", ("reps", rep_id, "email"), message, advice)
