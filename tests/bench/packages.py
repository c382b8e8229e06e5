"""What is packed for each function, and what a cold start loads of it.

    python -m tests.bench.packages     build all, measure, and put it into docs/cold-start.md

Sizes are of the artefacts themselves. They cannot run here, as they are for ARM; so what loading
takes is measured with the same versions of the same dependencies for this machine, trimmed alike,
in the same Python, and with nothing else in reach.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from infra.build import package
from tests.bench import pages
from tests.bench.figures import machine, today
from tests.bench.imports import FUNCTIONS, seconds_of_children

ROUNDS = 5
CLIENT = "from shared.store.table import connection; connection().client"
BOTO3 = "import boto3; boto3.client('dynamodb')"


def main() -> None:
    """Build, measure and keep."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = _sizes(Path(folder) / "arm")
        site = _for_this_machine(Path(folder) / "here")
        held = {
            "measured": today(),
            "machine": f"{machine().rpartition(',')[0]}, Python {package.PYTHON_VERSION}",
            "functions": {
                function: {**sizes[function], **start} for function, start in _starts(site).items()
            },
        }
    (pages.FIGURES / "packages.json").write_text(pages.as_json(held), "utf-8")
    pages.write()


# ── Sizes ────────────────────────────────────────────────────────────────────────────────────────


def _sizes(below: Path) -> dict[str, dict[str, Any]]:
    sizes: dict[str, dict[str, Any]] = {}
    for function in FUNCTIONS:
        artifact = below / function
        artifact.mkdir(parents=True)
        package.build(function, artifact)
        files = {file: file.stat().st_size for file in artifact.rglob("*") if file.is_file()}
        parts: dict[str, int] = {}
        for file, size in files.items():
            part = _owner(file.relative_to(artifact).parts[0])
            parts[part] = parts.get(part, 0) + size
        largest = dict(sorted(parts.items(), key=lambda part: -part[1]))
        sizes[function] = {
            "unpacked": sum(files.values()),
            "zipped": _zipped(artifact, list(files)),
            "parts": largest,
        }
    return {**sizes, "boto3": {}}


def _owner(name: str) -> str:
    """Whose a file at the top is: a package's, with what pip notes of it."""
    return name.partition("-")[0].partition(".")[0]


def _zipped(artifact: Path, files: list[Path]) -> int:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(artifact))
    return len(packed.getvalue())


# ── Starts ───────────────────────────────────────────────────────────────────────────────────────


def _for_this_machine(site: Path) -> Path:
    """The dependencies of all functions and our own rooms, as packed, but to run here."""
    with patch.object(package, "PLATFORM", f"manylinux2014_{platform.machine()}"):
        package.install(site)
    package.trim(site)
    for ours in ("functions", "shared"):
        shutil.copytree(package.ROOT / ours, site / ours)
    subprocess.run([_python(), "-m", "compileall", "-q", str(site)], check=True)
    return site


def _python() -> str:
    return package.compiling_python() or sys.exit(f"needs a Python {package.PYTHON_VERSION}")


def _starts(site: Path) -> dict[str, dict[str, Any]]:
    """Of each function: the processor's time beside boto3's, and what takes most of it."""
    programs = {name: f"import functions.{name}.handler; {CLIENT}" for name in FUNCTIONS}
    programs["boto3"] = BOTO3
    took: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS + 1):
        for name, program in programs.items():
            before = seconds_of_children()
            _start(site, program)
            took[name].append(seconds_of_children() - before)
    kept = {name: times[1:] for name, times in took.items()}  # the first is to warm the disk
    starts: dict[str, dict[str, Any]] = {}
    for name, program in programs.items():
        pairs = zip(kept[name], kept["boto3"], strict=True)
        profile = _profile(site, program)
        starts[name] = {
            "milliseconds": round(median(kept[name]) * 1000),
            "ratio": round(median(ours / theirs for ours, theirs in pairs), 2),
            "modules": len(profile),
            "largest": _largest(profile),
        }
    return starts


def _start(site: Path, program: str, *options: str) -> str:
    """Run a program that sees the packed folder and the standard library; answers its errors."""
    environment = {"TABLE_NAME": "leads", "AWS_REGION": "us-east-1", "PATH": os.environ["PATH"]}
    environment |= {"AWS_DEFAULT_REGION": "us-east-1", "HOME": str(site.parent)}
    before = f"import sys; sys.path.insert(0, {str(site)!r}); "
    told = subprocess.run(
        [_python(), "-I", "-S", *options, "-c", before + program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise RuntimeError(told.stderr)
    return told.stderr


def _profile(site: Path, program: str) -> dict[str, int]:
    """Microseconds of each module itself, without those that it imports."""
    lines = _start(site, program, "-X", "importtime").splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in lines if "|" in line]
    return {name.strip(): int(own) for own, _, name in rows if own.strip().isdigit()}


def _largest(profile: dict[str, int]) -> dict[str, int]:
    """The packages that take most of the loading, in percent."""
    total, by_package = sum(profile.values()), dict[str, int]()
    for module, own in profile.items():
        top = module.partition(".")[0]
        owner = top if top not in sys.stdlib_module_names else "Python itself"
        by_package[owner] = by_package.get(owner, 0) + own
    ranked = sorted(by_package.items(), key=lambda each: -each[1])[:5]
    return {name: round(100 * own / total) for name, own in ranked}


if __name__ == "__main__":
    main()
