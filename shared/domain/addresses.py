"""When two e-mail addresses are the same."""

from contextlib import suppress


def same_address(address: str) -> str:
    """The address as it is compared: its domain as name servers know it, A to Z in small letters.

    Nothing else is taken for something else: `ß` is not `ss`, in a domain or before the @, and
    whoever has the one address need not have the other.
    """
    local, at, domain = address.rpartition("@")
    if not domain.isascii():
        import idna  # comes with the library that checks addresses; few domains need it

        with suppress(idna.IDNAError):  # else nobody receives mail there, and it is as it is
            domain = idna.encode(domain, uts46=True).decode()
    return _small(f"{local}{at}{domain}")


def _small(text: str) -> str:
    """As `lower`, of ASCII letters only: others may become letters that are somebody else's."""
    return text.encode(errors="surrogatepass").lower().decode(errors="surrogatepass")
