"""Pools' own mail templates: read from their files, and looked into before they are applied."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.cli.beside import UnreadableError, not_utf8, text_beside
from infra.cli.readable import mapping
from infra.cli.tables_file import Findings
from infra.cli.yaml_file import Place
from shared.domain.mail_templates import MailKind

MAX_BYTES = 100_000  # of a file; how many characters it may hold, `Config` says


def read_templates(document: object, folder: Path) -> Findings:
    """Fill in the `text` of all templates that name a file, which lies in `folder`; check all."""
    found = Findings([], [])
    for place, said in _templates(document):
        name = said.get("file")
        file = folder / name if isinstance(name, str) and name else None
        if file:
            _read(said, place, folder, found)
        for key in ("subject", "text"):
            source = said.get(key)
            if isinstance(source, str) and source:
                _check(source, key, place, file if key == "text" else None, found)
    return found


def _templates(document: object) -> Iterator[tuple[Place, dict[str, Any]]]:
    for pool_id, pool in mapping(mapping(document).get("pools")).items():
        for name, said in mapping(mapping(pool).get("templates")).items():
            if isinstance(said, dict):  # else `Config` says so
                yield ("pools", pool_id, "templates", name), said


def _read(said: dict[str, Any], place: Place, folder: Path, found: Findings) -> None:
    if said.pop("text", None) is not None:
        found.places.append(((*place, "text"), "is read from the file; leave it out"))
    try:
        said["text"] = text_beside(folder, said["file"], MAX_BYTES)
    except UnreadableError as error:
        found.places.append(((*place, "file"), str(error)))
    except UnicodeDecodeError as error:
        found.lines.append(not_utf8(folder / said["file"], error))


def _check(source: str, key: str, place: Place, file: Path | None, found: Findings) -> None:
    """Told with the line of its file; of what stands in the configuration, with its own line."""
    from shared.messages.own_words import problems  # few configurations have any

    kind = str(place[-1]).partition(".")[0]
    asks = MailKind(kind) if key == "text" and kind in set(MailKind) else None
    for line, message in problems(source, asks):
        if file:
            found.lines.append(f"{file}:{line}: {message}")
        else:
            where = f"line {line} of it: " if "\n" in source.strip() else ""
            found.places.append(((*place, key), f"{where}{message}"))
