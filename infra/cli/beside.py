"""Files that lie beside the configuration, and belong to it."""

import unicodedata
from pathlib import Path, PurePath


class UnreadableError(Exception):
    """Why a file cannot be read at all."""


def path_beside(folder: Path, name: str) -> Path:
    """The path of a file in this folder, or below it, in whichever Unicode form it is stored."""
    path = folder
    for part in PurePath(name).parts:
        if not (path / part).exists() and path.is_dir():
            names = (entry.name for entry in path.iterdir())
            part = next((one for one in names if unicodedata.normalize("NFC", one) == part), part)  # noqa: PLW2901
        path /= part
    return path


def text_beside(folder: Path, name: str, most_bytes: int) -> str:
    """The text of a file in the configuration's folder, or below it; nothing else is read.

    In Unicode form NFC, as leads are: in another, no row of a table would match.

    UnreadableError, or UnicodeDecodeError when it is not UTF-8.
    """
    try:
        file = path_beside(folder, name).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise UnreadableError("must lie beside the configuration, or in a folder there")
        with file.open("rb") as opened:
            content = opened.read(most_bytes + 1)
    except OSError as error:
        raise UnreadableError(f"{name} cannot be read: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:  # no path on this system; links in a circle
        raise UnreadableError(f"{name!r} cannot be read: {error}") from error
    if len(content) > most_bytes:
        mega, kilo = most_bytes // 1_000_000, most_bytes // 1000
        raise UnreadableError(f"{name} is larger than {f'{mega} MB' if mega else f'{kilo} kB'}")
    return unicodedata.normalize("NFC", content.decode("utf-8-sig"))


def not_utf8(file: Path, error: UnicodeDecodeError) -> str:
    """The problem, with the line where it shows."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return f"{file}:{line}: must be encoded in UTF-8"
