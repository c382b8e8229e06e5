"""What does not fit together in a pool's stages and protection.

It is asked too of a configuration of which not all can be read. What cannot be is taken to fit.
"""

from collections.abc import Iterator, Sequence

from shared.domain.deadlines import TAKING, Action, IfStill
from shared.domain.pools import DeadlinePolicy, Pool, ProtectionPolicy, Stage

Problem = tuple[tuple[str | int, ...], str]  # the keys below the pool, and what is wrong there


def stage_misfits(pool: Pool) -> Iterator[Problem]:
    """Each of them, with its place."""
    if pool.deadlines.stages is not None:
        yield from _of_both_forms(pool.deadlines)
        yield from _of_stages(pool.deadlines.stages)
    if pool.protection:
        yield from _of_protection(pool.protection)


def taken_before(stages: Sequence[Stage], number: int) -> int | None:
    """The stage that has taken the lead, whenever this one would act; None: there is none.

    What is untouched is unaccepted, and what is unaccepted is not contacted.
    """
    if not isinstance(stages[number].if_still, IfStill):
        return None
    reach = stages[number].if_still.until
    taking = (
        earlier
        for earlier, stage in enumerate(stages[:number])
        if stage.do in TAKING and isinstance(stage.if_still, IfStill)
        if stage.if_still.until >= reach
    )
    return next(taking, None)


def _of_both_forms(policy: DeadlinePolicy) -> Iterator[Problem]:
    for short in ("remind_after", "reclaim_after"):
        if short in policy.model_fields_set:
            message = "is the short form of `stages`; write it as one of these, or drop `stages`"
            yield ("deadlines", short), message


def _of_stages(stages: Sequence[Stage]) -> Iterator[Problem]:
    for number, stage in enumerate(stages):
        place = "deadlines", "stages", number
        if number and _is_longer(stages[number - 1].after, stage.after):
            yield (*place, "after"), "must not be earlier than the stage before it"
        known = isinstance(stage.do, Action)
        if known and stage.lasts is not None and stage.do is not Action.PAUSE_REP:
            yield (*place, "for"), f"only pause_rep lasts for a time; {stage.do} does not"
        before = taken_before(stages, number)
        if before is not None and stages[before].if_still is stage.if_still:
            message = (
                f"is never done: if the lead is still {stage.if_still},"
                f" stage {before} ({stages[before].do}) has taken it before"
            )
            yield (*place, "do"), message


def _of_protection(policy: ProtectionPolicy) -> Iterator[Problem]:
    for field in ("first", "activity"):
        seconds = getattr(policy, field)
        if _is_longer(seconds, policy.at_most):
            yield ("protection", field), "is longer than `at_most`, which ends it before"


def _is_longer(one: object, other: object) -> bool:
    return isinstance(one, int) and isinstance(other, int) and one > other
