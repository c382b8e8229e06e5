"""E-mail addresses. Imports its library, so import this module only when there is an address."""

from email_validator import EmailNotValidError, validate_email

from shared.sources.text import once, plain


def read_email(text: str) -> str | None:
    """Return the one address in `text`, its domain in lower case, or None if it is not one.

    Whether the domain receives mail is not looked up: that can take seconds, and a lead must not
    get lost to a name server.
    """
    try:
        # "Test environment" only allows domains under .test, with which people try out their forms.
        address = validate_email(
            once(plain(text)), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return address.normalized
