"""A lead that its platform only announced: ask for it, and judge it like every other.

Nothing is recorded of an attempt that failed: the lead stays due, and the sweep announces it again
and again, until it gives up. So dying anywhere, or running twice at once, does no harm: the last
write is conditional on the very record that announced the lead.
"""

from collections.abc import Iterator
from dataclasses import replace

from shared import credentials, graph
from shared.domain.leads import Change, Lead, Step
from shared.domain.outcomes import TEST
from shared.domain.sources import Hook
from shared.errors import ConflictError, NotFoundError, UnreadableBodyError
from shared.flows.held import held_in
from shared.flows.release_lead import settle_lead
from shared.sources.delivery import Reported
from shared.sources.formats import meta
from shared.store import config as config_store
from shared.store import leads as lead_store
from shared.surroundings import Surroundings
from shared.telemetry import logger

OVER = "over"
LATER = "later"


def fetch_lead(lead_id: str, number: int, around: Surroundings) -> str:
    """Fetch the lead that was announced in this record of its log; answers what came of it.

    That is the lead's new status; `later`, when its platform did not give it this time; or `over`,
    when another record has followed, or the lead is gone. GraphError: the platform will not give
    it before somebody does something; raised at a lead's first attempt only, to tell once.
    """
    try:
        lead = lead_store.get(lead_id)
        if lead.place != "announced" or lead.rev != number:
            return OVER
        return _settled(lead, around)
    except (NotFoundError, ConflictError):
        return OVER
    except graph.GraphError as error:
        tell = logger.error if error.lasting else logger.warning
        tell(
            "a platform did not give a lead",
            lead_id=lead_id,
            source=lead.source,
            attempt=lead.fetches,
            code=error.code,
        )
        if error.lasting and lead.fetches == 1:
            raise
        return LATER


def _settled(lead: Lead, around: Surroundings) -> str:
    """What the lead has become; GraphError: it was not given."""
    active = config_store.active()
    hook = active.config.source(lead.source)
    if not isinstance(hook, Hook):
        return _given_up(lead, "its hook is not in the configuration any more", around)
    held = held_in(hook, lead, around.now())
    announced = held.reported
    if announced is None:
        return _given_up(lead, held.unreadable, around)
    if hook.format != "meta" or announced.fetch is None:
        return _given_up(lead, "leadwheel cannot ask this platform for a lead", around)
    if announced.test:
        # The platform would say that there is no such lead.
        test = Change(Step.REJECTED, around.now(), reason=f"{TEST}: a test; it goes to nobody")
        return str(lead_store.change(lead, test).status)
    answered = _answer(lead, hook, announced.fetch)
    said = {**announced.said, **answered.said}
    whole = replace(answered, said=said, external_id=announced.external_id)
    settled = settle_lead(
        active, lead, whole, held.aliases, around, trusted=False, by=None, held=held
    )
    return str(settled.status)


def _given_up(lead: Lead, why: str, around: Surroundings) -> str:
    given_up = Change(Step.QUARANTINED, around.now(), reason=f"not_fetched: {why}")
    return str(lead_store.change(lead, given_up).status)


def _answer(lead: Lead, hook: Hook, leadgen_id: str) -> Reported:
    """The lead as the platform tells it, with the newest access token that it takes."""
    refusal = graph.GraphError("no_access_token", lasting=True)
    for token in _tokens(lead.source):
        try:
            answer = graph.ask(hook.api_url or graph.API_URL, meta.graph_path(leadgen_id), token)
        except graph.GraphError as error:
            if not error.of_token:
                raise
            refusal = error
            continue
        try:
            return meta.read_graph(answer)
        except UnreadableBodyError:
            raise graph.GraphError("unreadable_answer") from None
    raise refusal


def _tokens(named: str) -> Iterator[str]:
    """The source's access tokens, newest first; then those that this process did not know of."""
    known = _listed(credentials.of_source(named).get("access_token"))
    yield from known
    if credentials.may_be_newer():
        newer = credentials.of_source(named, again=True).get("access_token")
        yield from (token for token in _listed(newer) if token not in known)


def _listed(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []
