"""One sitting over a pool's leads: each is decided in turn, on what was decided before it."""

from collections.abc import Sequence

from shared.domain.books import Books
from shared.domain.deadlines import Action
from shared.domain.leads import Lead, Status, Step
from shared.domain.ledger import Way
from shared.domain.narrowing import Narrowing
from shared.domain.owners import tied
from shared.domain.plans import Ruled, waited_in
from shared.domain.pools import OFFERING, Strategy
from shared.domain.reps import ELIGIBLE, Obstacle, off
from shared.domain.waiting import NOT_COMPARED, go_on, offer, park
from shared.domain.why_not import why_nobody
from shared.domain.worth import Worth


class Sitting:
    """Decides leads of one pool by its strategy."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._narrowing = Narrowing(books.config, books.pool_id, books.now)

    def decide(self, ruled: Ruled) -> None:
        """Give a waiting lead to somebody, offer it, pass it on, or park it."""
        books, lead, strategy = self._books, ruled.lead, self._books.pool.strategy
        if self._is_settled_as_offered(ruled) or self._is_settled_by_the_clock(ruled):
            return
        worth = books.worth(ruled)
        mask = self._narrowing.narrowed(books.team.mask(worth.asked), lead, ruled.score)
        if self._with_owner(ruled, worth, mask):
            return
        if strategy is Strategy.MANUAL:
            park(books, ruled, "manual", NOT_COMPARED)
        elif strategy is Strategy.OPEN:
            offer(books, ruled, (), NOT_COMPARED)
        elif ELIGIBLE not in mask:
            go_on(books, ruled, self._why_nobody(ruled, mask), "".join(mask))
        elif strategy is Strategy.SHOTGUN:
            members = zip(books.members, mask, strict=True)
            offered = [rep for rep, letter in members if letter == ELIGIBLE]
            offer(books, ruled, offered, "".join(mask))
        else:
            books.share(ruled, worth, mask)

    def _is_settled_as_offered(self, ruled: Ruled) -> bool:
        """Leave a lead open, or let it go on when nobody has claimed it in time."""
        books, lead = self._books, ruled.lead
        is_offered = books.pool.strategy in OFFERING or lead.then is Action.OPEN
        is_here = lead.status is Status.OPEN and lead.pool == books.pool_id
        is_over = is_here and lead.due_at is not None and lead.due_at <= books.now
        if is_over or (is_offered and _was_offered_in_vain(lead, books.pool_id)):
            go_on(books, ruled, "nobody_claimed", NOT_COMPARED)
            return True
        return is_here and is_offered  # it is where it should be

    def _is_settled_by_the_clock(self, ruled: Ruled) -> bool:
        """Park or open a lead that was taken from its owner, unless the next one gets it."""
        books, lead = self._books, ruled.lead
        opens = lead.then is Action.OPEN
        if lead.then is Action.PARK:
            park(books, ruled, "out_of_time", NOT_COMPARED)
        elif (
            lead.then
            and (opens or books.pool.strategy is Strategy.OPEN)
            and self._narrowing.is_last_hop(lead)
        ):  # else it would go on for ever, from one who neglects it to the next
            go_on(books, ruled, "too_many_assignments", NOT_COMPARED)
        elif opens:
            offer(books, ruled, (), NOT_COMPARED)
        else:
            return False
        return True

    def _with_owner(self, ruled: Ruled, worth: Worth, mask: Sequence[str]) -> bool:
        """Give the lead to the rep who knows its person or company, or wait for them."""
        books, lead, policy = self._books, ruled.lead, self._books.pool.existing_owner
        if policy is None or not ruled.known_by:
            return False
        tie = tied(ruled.known_by, books.ties, books.now, books.config.reps.__contains__)
        if tie is None or tie.rep in lead.lost_by or self._narrowing.is_last_hop(lead):
            return False
        obstacle = books.team.obstacle(tie.rep, worth.asked)
        if obstacle is None:
            books.give(ruled, worth, tie.rep, Way.OWNER, mask)
            return True
        if policy.away == "share" or obstacle is Obstacle.INACTIVE:
            return False
        if waited_in(lead, books.pool_id, books.now) >= policy.wait_at_most:
            return False
        park(books, ruled, "owner_away", "".join(mask))
        return True

    def _why_nobody(self, ruled: Ruled, mask: Sequence[str]) -> str:
        members = self._books.members
        unfit = self._narrowing.unfit(ruled.lead, ruled.score)
        return why_nobody(
            {rep: Obstacle(letter) for rep, letter in zip(members, mask, strict=True)},
            {rep: self._absence(rep) for rep in members},
            [members[place] for place in unfit],
        )

    def _absence(self, rep: str) -> Obstacle | None:
        """Why a member is not at work; who takes a break when their shift is over is off shift."""
        absence = self._books.team.seat(rep).absence
        if absence is not Obstacle.PAUSED:
            return absence
        books = self._books
        return off(books.config, books.pool_id, rep, books.now) or absence


def _was_offered_in_vain(lead: Lead, pool_id: str) -> bool:
    """Whether nobody wanted it here: once is enough, for another pool or a manager to have it."""
    if lead.status is not Status.PARKED or lead.pool != pool_id:
        return False
    return lead.latest(Step.PARKED).reason == "nobody_claimed"
