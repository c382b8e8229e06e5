"""Which fields of a lead say who a person is."""

from shared.domain.spelling import fold

PERSONAL = frozenset(
    {"name", "first_name", "last_name", "email", "phone", "message", "consent", "company"}
)

_SPELLED = frozenset(map(fold, PERSONAL))


def is_personal(field: str) -> bool:
    """Whether a field is one of them, whatever way its name is spelled."""
    return fold(field) in _SPELLED
