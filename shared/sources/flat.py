"""A body of names and texts, as one reported lead."""

from shared.sources.body import MAX_BODY_BYTES, read_body, read_json
from shared.sources.delivery import Reported
from shared.sources.json_object import Number
from shared.sources.text import clean_name


def read_flat(content_type: str | None, body: bytes, *, limit: int = MAX_BODY_BYTES) -> Reported:
    """Read a body of names and texts as one lead; takes and raises what `read_body` does."""
    said = read_body(content_type, body, limit=limit)
    value = read_json(content_type, body, limit=limit)
    members = value if isinstance(value, dict) else {}
    names = {clean_name(key) for key, member in members.items() if isinstance(member, Number)}
    return Reported(said, numbers=frozenset(names & said.keys()))
