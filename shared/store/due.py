"""What the due index says of something that is due, without reading the thing itself."""

from datetime import datetime
from typing import NamedTuple

from shared.domain.moments import from_text
from shared.store.table import Item


class Due(NamedTuple):
    """Whose turn it is, and since when. The index lags: it may have had its turn already."""

    id: str
    at: datetime

    @classmethod
    def of(cls, item: Item) -> "Due":
        """An entry of the index."""
        return cls(item.pk.partition("#")[2], from_text(item.due_at or ""))
