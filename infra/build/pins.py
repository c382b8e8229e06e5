"""Write the hashes of all that is deployed anew: `python -m infra.build.pins`, after a new version.

Downloads each pinned dependency from the package index for every platform in `PLATFORMS`, and puts
the SHA-256 of each file below its line in `infra/requirements-lambda.txt`. What is installed for
Lambda later must be one of these very files.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from infra.build.package import PLATFORM, REQUIREMENTS, pip_for

# What Lambda runs, and the machines of most who look into what it would run.
PLATFORMS = (PLATFORM, "manylinux2014_x86_64")

_PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9a-z.]+)(?P<hashes>(?: \\\n +--hash=\S+)*)"
)


class Pin(NamedTuple):
    """One dependency: its exact version, and the files that may be installed for it."""

    version: str
    hashes: frozenset[str]  # as `sha256:…`


def pins(text: str) -> dict[str, Pin]:
    """The dependencies that a list names."""
    return {
        found["name"]: Pin(
            found["version"], frozenset(re.findall("--hash=(\\S+)", found["hashes"]))
        )
        for found in _PIN.finditer(text)
    }


def with_hashes(text: str, hashes: dict[str, set[str]]) -> str:
    """The list, each dependency with these hashes and no others."""

    def pinned(found: re.Match[str]) -> str:
        listed = "".join(f" \\\n    --hash={each}" for each in sorted(hashes[found["name"]]))
        return f"{found['name']}=={found['version']}{listed}"

    return _PIN.sub(pinned, text)


def downloaded(requirements: Path) -> Iterator[tuple[str, str]]:
    """Each file that the index has for us: whose it is, and its hash."""
    for platform in PLATFORMS:
        with tempfile.TemporaryDirectory() as folder:
            wanted = ["--no-deps", "--requirement", str(requirements), "--dest", folder]
            subprocess.run([*pip_for("download", platform), *wanted], check=True)
            for file in Path(folder).iterdir():
                name = re.sub(r"[._]", "-", re.split(r"-[0-9]", file.name)[0]).lower()
                yield name, f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


def main() -> None:
    """Download, and write the hashes into the list."""
    text = REQUIREMENTS.read_text("utf-8")
    hashes: dict[str, set[str]] = {name: set() for name in pins(text)}
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "requirements.txt"  # without the hashes of the versions before
        bare.write_text("\n".join(f"{name}=={pin.version}" for name, pin in pins(text).items()))
        for name, digest in downloaded(bare):
            hashes[name].add(digest)
    if missing := [name for name, found in hashes.items() if not found]:
        sys.exit(f"leadwheel: nothing was downloaded for {', '.join(missing)}")
    REQUIREMENTS.write_text(with_hashes(text, hashes), "utf-8")
    print(f"{len(hashes)} dependencies, {sum(map(len, hashes.values()))} files")


if __name__ == "__main__":
    main()
