"""Check what `sam build` made: `python -m infra.build.check .aws-sam/build`.

Prints one line per artefact and ends with an error if one of them could not run in Lambda: a
library for another machine, an import that leads nowhere, an AWS client whose description was
trimmed away, or too large a folder. Everything here would otherwise show in the first request.
"""

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.build.package import SERVICES, UNUSED_PHONE_DATA, left_out

MACHINE_AARCH64 = 0xB7  # e_machine of an ELF file, from the ELF specification
LARGEST_UNPACKED = 250 * 1024 * 1024  # Lambda's limit for a function's folder, in bytes

# Run by an interpreter that sees the artefact and its own standard library, nothing else. What
# holds machine code for Lambda is left out: it cannot be imported here, so `stray_libraries` and
# `dangling_imports` look after it.
TRIAL = """
import sys
sys.path.insert(0, sys.argv[1])
import boto3, defusedxml.ElementTree, email_validator, itsdangerous, jsonpointer
import phonenumbers, pynamodb.models, python_multipart, standardwebhooks, urllib3, zoneinfo
from disposable_email_domains import blocklist
from importlib import import_module
from importlib.metadata import version
for module in sys.argv[2].split():
    import_module(module)
session = boto3.Session("id", "secret", region_name="us-east-1")
for service in sys.argv[3:]:
    session.client(service)
assert phonenumbers.is_valid_number(phonenumbers.parse("+442079460018"))
zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo("Asia/Kolkata")
assert version("email-validator")
assert blocklist
"""


def main() -> None:
    """Check every artefact below the given folder."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("build_dir", type=Path)
    artifacts = sorted(arguments.parse_args().build_dir.resolve().glob("*Function"))
    if not artifacts:
        sys.exit("leadwheel: no artefact there; run `make build` first")
    problems = [f"{folder.name}: {problem}" for folder in artifacts for problem in check(folder)]
    for folder in artifacts:
        compiled = "with byte code" if any(folder.rglob("*.pyc")) else "WITHOUT byte code"
        print(f"{folder.name:20}{size(folder) / 1024 / 1024:6.1f} MB unpacked, {compiled}")
    if problems:
        sys.exit("\n".join(problems))


def check(artifact: Path) -> Iterator[str]:
    """Yield what is wrong with one artefact, in words for whoever built it."""
    if size(artifact) > LARGEST_UNPACKED:
        yield "is larger than Lambda takes"
    for library in stray_libraries(artifact):
        yield f"{library} is not for arm64"
    function = artifact.name.removesuffix("Function").lower()
    yield from dangling_imports(artifact, f"functions.{function}.handler")
    more = "" if "jinja2" in left_out(function) else "jinja2"
    trial = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", TRIAL, str(artifact), more, *sorted(SERVICES)],
        capture_output=True,
        text=True,
        check=False,
    )
    if trial.returncode:
        yield f"does not run: {trial.stderr.strip().splitlines()[-1]}"


def size(artifact: Path) -> int:
    """Return the bytes of all files below the folder."""
    return sum(file.stat().st_size for file in artifact.rglob("*") if file.is_file())


def stray_libraries(artifact: Path) -> Iterator[Path]:
    """Yield the compiled libraries that Lambda's ARM machines cannot load."""
    for library in artifact.rglob("*.so*"):
        header = library.read_bytes()[:20]
        is_elf = header[:4] == b"\x7fELF"
        if not is_elf or int.from_bytes(header[18:20], "little") != MACHINE_AARCH64:
            yield library.relative_to(artifact)


def dangling_imports(artifact: Path, handler: str) -> Iterator[str]:
    """Yield the imports, of all modules the handler reaches, that the artefact cannot satisfy."""
    waiting, seen = [handler], set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        source = source_of(artifact, module)
        if source is None:
            yield f"{module} is missing"
            continue
        for imported, part in imports_of(ast.parse(source.read_text("utf-8"))):
            top = imported.partition(".")[0]
            if top in {"functions", "shared"}:
                # `from shared.store import leads` means a module, `… import Lead` does not.
                inner = f"{imported}.{part}"
                waiting.append(inner if source_of(artifact, inner) else imported)
            elif top not in sys.stdlib_module_names and not is_there(artifact, imported, part):
                name = f"{imported}.{part}".rstrip(".")
                yield f"{module} imports {name}, which infra/requirements-lambda.txt does not bring"


def imports_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what run-time code imports, also inside functions: module, and what of it or ""."""
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        return
    if isinstance(tree, ast.Import):
        yield from ((alias.name, "") for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom) and tree.module and not tree.level:
        yield from ((tree.module, alias.name) for alias in tree.names)
    for child in ast.iter_child_nodes(tree):
        yield from imports_of(child)


def source_of(artifact: Path, module: str) -> Path | None:
    """Return the file of one of the project's own modules or packages."""
    place = artifact.joinpath(*module.split("."))
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if candidate.exists():
            return candidate
    return None


def is_there(artifact: Path, module: str, part: str) -> bool:
    """Tell whether a third-party module was packed, and `part` of it not trimmed away."""
    trimmed = {f"phonenumbers.{name}" for name in UNUSED_PHONE_DATA}
    if trimmed & {module, f"{module}.{part}"}:
        return False
    place = artifact.joinpath(*module.split("."))
    found = (place, place.with_suffix(".py"), *place.parent.glob(f"{place.name}.*.so"))
    return any(one.exists() for one in found)


if __name__ == "__main__":
    main()
