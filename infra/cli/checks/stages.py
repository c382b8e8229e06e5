"""Stages that can never act, and leads that nothing ever takes from who does not accept them."""

from collections.abc import Iterator

from infra.cli.checks.finding import Finding
from infra.cli.yaml_file import Place
from shared.domain.config import Config
from shared.domain.deadlines import TAKING
from shared.domain.pools import Stage, Strategy
from shared.domain.stages import taken_before

_OFFERED = frozenset({Strategy.OPEN, Strategy.SHOTGUN})  # who gets a lead has accepted it


def findings(config: Config) -> Iterator[Finding]:
    """Of pools that have stages."""
    for pool_id, pool in config.pools.items():
        stages = pool.deadlines.stages
        if stages is None:
            continue
        place = "pools", pool_id, "deadlines", "stages"
        for number in range(len(stages)):
            yield from _never_acts(place, stages, number)
        if pool.strategy not in _OFFERED and not any(stage.do in TAKING for stage in stages):
            message = "a lead that its rep never accepts stays with them for ever"
            advice = "end with a stage that does reclaim, open or park"
            yield Finding("nothing-takes-it", place, message, advice)


def _never_acts(place: Place, stages: list[Stage], number: int) -> Iterator[Finding]:
    before = taken_before(stages, number)
    if before is None:
        return
    taking = stages[before]
    message = (
        f"never acts: what is still {stages[number].if_still} is still {taking.if_still},"
        f" so stage {before} ({taking.do}) has taken it before"
    )
    advice = "put it before that stage, give it another `if`, or leave it out"
    yield Finding("stage-never-acts", (*place, number), message, advice)
