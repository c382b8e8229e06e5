"""What the functions are told by their environment, and the secrets, which are not in it."""

import os

from shared.errors import StoreBusyError
from shared.telemetry import logger


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

    `again`: whatever is kept, ask anew. StoreBusyError: it could not be read; ask again.
    """
    # 100 ms: only who reads secrets pays.
    from aws_lambda_powertools.utilities import parameters
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

    arn = setting(arn_setting)
    try:
        return str(parameters.get_secret(arn, max_age=300, force_fetch=again))
    except GetParameterError as error:
        cause = error.__cause__ or error.__context__ or error
        logger.error("a secret could not be read", which=arn_setting, reason=type(cause).__name__)
        raise StoreBusyError("the secrets could not be read") from error
