"""Whether a person agreed, from what check boxes and programs send."""

from shared.sources.names import fold

_YES = """
1 true yes y on ok checked agree agreed accept accepted granted iagree
ja oui si sí sì sim tak 是 同意 はい
"""
_NO = """
0 false no n off none unchecked disagree declined denied refused
nein non não nao nee nie 否 不同意 いいえ
"""
_AGREED = frozenset(fold(word) for word in _YES.split())
_REFUSED = frozenset(fold(word) for word in _NO.split())


def consent_given(text: str) -> bool | None:
    """Return True or False, or None when the text is neither a known yes nor a known no.

    Several words joined with commas come from forms that send a hidden "0" and, if ticked, a "1"
    under the same name: there one yes is enough.
    """
    words = {fold(word) for word in text.split(",")}
    if not words <= _AGREED | _REFUSED:
        return None
    return not words.isdisjoint(_AGREED)
