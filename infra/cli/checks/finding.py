"""What a check finds."""

from typing import NamedTuple

from infra.cli.yaml_file import Place


class Finding(NamedTuple):
    """Something that looks wrong: its kind, the place in the file, and what to do about it.

    Codes never change their meaning: scripts may look for them.
    """

    code: str
    place: Place
    message: str
    advice: str
    row: int = 0  # of the table at `place`, counted from 1; 0: it is about no row
