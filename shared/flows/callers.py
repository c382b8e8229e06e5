"""Whoever asks for something, held against what they may do; what is denied is written down.

A lead, pool or rep that is not for somebody does not exist for them: the same answer, word for
word, as of one that nobody has ever heard of. It also takes as long, as both are written down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from shared.domain.access import (
    PoolNamed,
    Reach,
    RepNamed,
    Right,
    Sight,
    Thing,
    has_had,
    reach_over,
    reaches,
)
from shared.domain.config import Config
from shared.domain.leads import Lead
from shared.domain.mine import is_masked
from shared.domain.people import Identity
from shared.errors import (
    FieldProblem,
    ForbiddenError,
    InvalidFieldsError,
    LeadwheelError,
    NotFoundError,
    NotYoursError,
)
from shared.store import config as config_store
from shared.store import denials
from shared.store import leads as lead_store
from shared.surroundings import Surroundings
from shared.telemetry import logger


@dataclass(frozen=True)
class Caller:
    """Somebody who asks for something, and the right that it takes."""

    identity: Identity
    right: Right
    around: Surroundings

    @property
    def who(self) -> str:
        """As logs say it."""
        return self.identity.who

    @cached_property
    def _config(self) -> Config:
        return config_store.active().config

    @cached_property
    def _reaches(self) -> frozenset[Reach]:
        return reaches(self.identity, self.right)

    @property
    def is_only_rep(self) -> bool:
        """Whether they are here for themselves, and answer for nobody else."""
        return not self._reaches & {Reach.ALL, Reach.POOLS}

    @property
    def may_all(self) -> bool:
        """Whether nothing is hidden from them."""
        return Reach.ALL in self._reaches

    def prepare(self) -> None:
        """Read now what the answer takes: what is done shall not be answered as if it were not."""
        _ = self._config

    def require_right(self) -> None:
        """ForbiddenError unless there is something with which they may do it."""
        if not self._reaches:
            raise self._denied(ForbiddenError("this takes another role, or a key of another scope"))

    # ── What it is about ─────────────────────────────────────────────────────────────────────────

    def require_lead(self, lead_id: str, rep_id: str | None = None) -> str | None:
        """Answers whose the lead must be: the rep they name, or for a rep their own.

        NotFoundError: there is no such lead, or none for them. NotYoursError: it was theirs, and is
        not any more. ForbiddenError: a rep names somebody else.
        """
        if self.may_all:
            return rep_id
        self._require_own_name(rep_id)
        lead = _found(lead_id, self._config)
        reach = self._reach(lead, rep_id) if lead else None
        if reach is Reach.POOLS:
            return rep_id
        if reach:
            return self.identity.rep
        if lead and self.right is not Right.SEE_LEAD and has_had(self.identity, lead):
            raise NotYoursError("the lead belongs to somebody else by now, or to nobody")
        raise self._denied(NotFoundError(f"there is no lead {lead_id}"), lead_id)

    def require_pool(self, pool_id: str, rep_id: str | None = None) -> None:
        """NotFoundError: there is no such pool, or none for them. With `rep_id`, as of a lead."""
        if self.may_all:
            return
        self._require_own_name(rep_id)
        if not self._reach(PoolNamed(pool_id), rep_id):
            raise self._denied(NotFoundError(f"there is no pool {pool_id!r}"))

    def require_rep(self, rep_id: str) -> None:
        """NotFoundError: there is no such rep, or none for them."""
        unknown = NotFoundError(f"there is no rep {rep_id!r}")
        if not self._reach(RepNamed(rep_id)):
            raise self._denied(unknown)
        if rep_id not in self._config.reps:
            raise unknown

    def require_named(self, *, rep_id: str | None = None, pool_id: str | None = None) -> None:
        """InvalidFieldsError, as if there were none, unless this rep and this pool are for them."""
        from shared.flows.by_hand import NO_POOL, NO_REP  # few name one

        if rep_id is not None and not self._reach(RepNamed(rep_id)):
            raise self._denied(InvalidFieldsError([NO_REP]))
        if pool_id is not None and not self._reach(PoolNamed(pool_id)):
            raise self._denied(InvalidFieldsError([NO_POOL]))

    def rep_for(self, rep_id: str | None) -> str:
        """The rep that something is for: the one they name, or they themselves.

        InvalidFieldsError: nobody, or nobody whom they know. ForbiddenError: a rep names somebody
        else.
        """
        wanted = rep_id or self.identity.rep
        if wanted is None:
            raise InvalidFieldsError([FieldProblem("rep_id", "is required")])
        self._require_own_name(rep_id)
        if wanted != self.identity.rep:
            self.require_named(rep_id=wanted)
        return wanted

    def sees(self, thing: Thing) -> bool:
        """Whether it is for them: of what is listed, the rest is left out."""
        return self._reach(thing) is not None

    def sight_of(self, lead: Lead) -> Sight:
        """How much of a lead they are shown, also of one with which they have just done something.

        Who may write and not read is shown how it stands; a rep, no more than on their pages.
        """
        reach = reach_over(self.identity, Right.SEE_LEAD, lead, self._config)
        if reach is None:
            return Sight.BRIEF
        is_own = reach is Reach.OWN
        return Sight.MASKED if is_own and is_masked(lead, self._config) else Sight.FULL

    def pools_among(self, pool_ids: Iterable[str]) -> list[str]:
        """Those of the pools that are for them."""
        return [pool_id for pool_id in pool_ids if self.sees(PoolNamed(pool_id))]

    def _reach(self, thing: Thing, rep_id: str | None = None) -> Reach | None:
        """How far they may go with it; when it is about another rep, not as a rep."""
        if self.may_all:
            return Reach.ALL
        reach = reach_over(self.identity, self.right, thing, self._config)
        is_own = rep_id in (None, "", self.identity.rep)
        return reach if is_own or reach is Reach.POOLS else None

    def _require_own_name(self, rep_id: str | None) -> None:
        """Whoever is a rep and no more acts for nobody else."""
        if rep_id and rep_id != self.identity.rep and self.is_only_rep:
            problem = "rep_id is somebody else; leave it out, or name yourself"
            raise self._denied(ForbiddenError(problem))

    # ── What is denied ───────────────────────────────────────────────────────────────────────────

    def _denied(self, error: LeadwheelError, lead_id: str | None = None) -> LeadwheelError:
        """The error to raise, written down."""
        outcome = "forbidden" if isinstance(error, ForbiddenError) else "not_found"
        logger.warning("a request was denied", who=self.who, right=self.right, outcome=outcome)
        try:
            denials.note(
                self.around.new_id(),
                self.who,
                self.right,
                outcome,
                self.around.now(),
                lead_id=lead_id,
            )
        except Exception as problem:  # noqa: BLE001 (whatever it is, the answer is the same)
            logger.error("a denial could not be noted", error_type=type(problem).__name__)
        return error


def _found(lead_id: str, _: Config) -> Lead | None:
    """The lead; the configuration is read before, so that what is not there takes as long."""
    try:
        return lead_store.get(lead_id)
    except NotFoundError:
        return None
