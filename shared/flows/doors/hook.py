"""A platform's webhook: any number of leads in one delivery."""

from collections.abc import Mapping, Sequence

from shared.domain.config import ActiveConfig
from shared.domain.sources import Hook
from shared.errors import BodyTooLargeError, NotFoundError, UnreadableBodyError
from shared.flows.capture_lead import Submission, capture_lead, sender_key
from shared.flows.doors.verifying import require_hook, secrets_of
from shared.sources.delivery import Delivery, Reported
from shared.sources.formats import challenge_answer, format_of
from shared.surroundings import Surroundings

# Each is a write of its own, and may keep the whole body: more would not be done in time. What has
# more is kept whole, and all of it stored when a manager releases it.
MOST_LEADS = 100

MAX_BODY_BYTES = 262_144  # kept whole in quarantine, and an item ends at 400 KB


def hook_of(active: ActiveConfig, hook_id: str) -> Hook:
    """The hook; NotFoundError when there is none of this id."""
    hook = active.config.hooks.get(hook_id)
    if hook is None:
        raise NotFoundError(f"there is no hook {hook_id!r}")
    return hook


def answer_challenge(
    active: ActiveConfig, hook_id: str, delivery: Delivery
) -> tuple[str, str] | None:
    """Content type and body for a platform that asks whether the address is ours.

    None: it did not ask. ForbiddenError: it asked with a token that is not stored.
    """
    hook = hook_of(active, hook_id)
    return challenge_answer(hook.format, delivery, secrets_of(hook_id))


def take_hook_delivery(
    active: ActiveConfig, hook_id: str, delivery: Delivery, around: Surroundings
) -> list[str]:
    """Store every lead of a delivery; their ids, in order. Delivered again, they are the same.

    Platforms cannot be told what is wrong with a lead, and most do not try again: what is wrong
    goes to quarantine. UnauthorisedError: it was not the platform; nothing is stored.
    """
    hook = hook_of(active, hook_id)
    if len(delivery.body) > MAX_BODY_BYTES:
        raise BodyTooLargeError(f"the body is larger than {MAX_BODY_BYTES} bytes")
    require_hook(hook_id, hook, delivery)
    source = f"hook#{hook_id}"
    try:
        reports = _not_too_many(read_reports(hook, delivery))
    except (UnreadableBodyError, BodyTooLargeError) as error:
        submissions = [Submission(source, delivery, unreadable=str(error))]
    else:
        submissions = [
            Submission(
                source,
                delivery,
                reported,
                part=part,
                leads=len(reports),
                key=sender_key(None, reported.external_id),
            )
            for part, reported in enumerate(reports)
        ]
    aliases = aliases_of(hook)
    return [capture_lead(active, one, aliases, around).lead_id for one in submissions]


def _not_too_many(reports: list[Reported]) -> list[Reported]:
    if len(reports) > MOST_LEADS:
        raise UnreadableBodyError(f"{len(reports)} leads are too many for one delivery")
    return reports


def read_reports(hook: Hook, delivery: Delivery) -> list[Reported]:
    """The leads in a delivery. UnreadableBodyError, BodyTooLargeError: as its format says."""
    if not delivery.body.strip():
        return []
    return format_of(hook.format).read(delivery, hook.mapping)


def aliases_of(hook: Hook) -> Mapping[str, list[str]]:
    """The names of fields: the hook's own before its platform's."""
    platform: Mapping[str, Sequence[str]] = format_of(hook.format).ALIASES
    return {
        field: [*hook.aliases.get(field, ()), *platform.get(field, ())]
        for field in {**hook.aliases, **platform}
    }
