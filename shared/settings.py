"""What the functions are told by their environment, and the secrets, which are not in it."""

import os


def setting(name: str) -> str:
    """One environment variable of the function; a clear error when the template forgot it."""
    try:
        return os.environ[name]
    except KeyError:
        raise RuntimeError(
            f"the environment variable {name} is not set; see template.yaml"
        ) from None


def secret(arn_setting: str, *, again: bool = False) -> str:
    """A secret, from Secrets Manager, kept for five minutes so that a rotated one is picked up.

    `again`: whatever is kept, ask anew.
    """
    from aws_lambda_powertools.utilities import parameters  # 100 ms: only who reads secrets pays

    return str(parameters.get_secret(setting(arn_setting), max_age=300, force_fetch=again))
