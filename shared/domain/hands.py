"""Leads by somebody's hand: a rep claims one or accepts an offer, a manager assigns one."""

from shared.domain.books import Books
from shared.domain.leads import OPEN_STATUSES, WAITING, Lead, Status
from shared.domain.ledger import Way
from shared.domain.plans import Ruled
from shared.domain.reps import EXCLUDED_BECAUSE, Obstacle
from shared.domain.tallies import Allowance, day
from shared.domain.team import Asked
from shared.domain.why_not import OFF
from shared.errors import IllegalTransitionError, ImpossibleForRepError


def claim(books: Books, ruled: Ruled, rep_id: str, by: str | None) -> None:
    """Give an open lead to the rep who claims it, or accepts an offer.

    ImpossibleForRepError: they may not take it. IllegalTransitionError: it is not open.
    """
    lead, worth = ruled.lead, books.worth(ruled)
    if lead.status is not Status.OPEN:
        raise IllegalTransitionError(f"a lead that is {lead.status} cannot be claimed")
    if obstacle := _claim_obstacle(books, lead, rep_id, worth.asked):
        raise _impossible(rep_id, obstacle)
    tallies = books.team.loads[rep_id].tallies
    _claims_today(books, rep_id).count(tallies)
    tallies[_last_claim(books)] = [int(books.now.timestamp())]
    books.give(ruled, worth, rep_id, Way.CLAIM, books.team.mask(worth.asked), by=by)


def _claim_obstacle(books: Books, lead: Lead, rep_id: str, asked: Asked) -> Obstacle | None:
    """Who claims a lead is at work, whatever their hours say. Who let it go waits a while."""
    if rep_id not in books.team.place or rep_id not in (lead.offered or books.members):
        return Obstacle.NOT_OFFERED
    lost_at = lead.lost_at(rep_id)
    if lost_at and (books.now - lost_at).total_seconds() < books.pool.claims.cool_down:
        return Obstacle.HAD_IT
    obstacle = books.team.obstacle(rep_id, asked)
    if obstacle in OFF:
        obstacle = books.team.limit(rep_id, asked)
    return obstacle or _claiming_too_much(books, lead, rep_id)


def _claiming_too_much(books: Books, lead: Lead, rep_id: str) -> Obstacle | None:
    if lead.offered:
        return None
    claims, tallies = books.pool.claims, books.team.loads[rep_id].tallies
    if not _claims_today(books, rep_id).has_room(tallies):
        return Obstacle.CLAIMS_PER_DAY
    last = tallies.get(_last_claim(books), [0])[0]
    too_soon = claims.gap is not None and books.now.timestamp() - last < claims.gap
    return Obstacle.CLAIM_GAP if too_soon else None


def _claims_today(books: Books, rep_id: str) -> Allowance:
    zone = books.config.reps[rep_id].time_zone
    return day(f"{books.pool_id}!", books.pool.claims.per_day, zone, books.now)


def _last_claim(books: Books) -> str:
    return f"{books.pool_id}!last"


def assign(
    books: Books, ruled: Ruled, rep_id: str, by: str, *, override: bool, reason: str | None
) -> None:
    """Give a lead to the rep whom a manager names, also from somebody else.

    With `override`, whatever would keep them from it is recorded, and does not; but nobody works
    for who is switched off. Else ImpossibleForRepError says what it is.
    """
    lead, worth = ruled.lead, books.worth(ruled)
    if lead.status not in WAITING | OPEN_STATUSES:
        raise IllegalTransitionError(f"a lead that is {lead.status} cannot be assigned")
    if lead.owner == rep_id and lead.status in OPEN_STATUSES:
        raise IllegalTransitionError(f"the lead is {rep_id}'s already")
    if lead.status in OPEN_STATUSES:
        books.free(lead.burden)  # first: a team at its limit may still pass one on among itself
    absence, limit = books.team.seat(rep_id).absence, books.team.limit(rep_id, worth.asked)
    obstacles = [obstacle for obstacle in (absence, limit) if obstacle]
    if obstacles and (not override or absence is Obstacle.INACTIVE):
        raise _impossible(rep_id, obstacles[0])
    over = tuple(obstacle.name.lower() for obstacle in obstacles)
    mask = books.team.mask(worth.asked)
    books.give(ruled, worth, rep_id, Way.MANUAL, mask, by=by, reason=reason, over=over)


def _impossible(rep_id: str, obstacle: Obstacle) -> ImpossibleForRepError:
    return ImpossibleForRepError(rep_id, obstacle.name.lower(), EXCLUDED_BECAUSE[obstacle])
