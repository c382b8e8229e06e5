"""Put one function's artefact together: `package.py Capture ARTIFACTS_DIR`.

An artefact holds the function's own folder, `shared/` and the pinned dependencies, built for the
machine and Python that Lambda runs, whatever runs here: neither Docker nor an ARM machine is
needed. The dependencies are installed, trimmed and compiled once, kept below `.aws-sam/`, and
copied for each function.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "infra" / "requirements-lambda.txt"
KEPT_BELOW = ROOT / ".aws-sam" / "dependencies"

# What the template says: `Runtime: python3.13`, `Architectures: [arm64]`.
PYTHON_VERSION = "3.13"
PLATFORM = "manylinux2014_aarch64"

# botocore carries the descriptions of every AWS service; these are all that the functions call.
# STS is for whoever runs them with an assumed role.
SERVICES = frozenset({"dynamodb", "events", "secretsmanager", "sesv2", "sns", "sts"})

# Published as source only: plain Python, which is the same on every machine.
SOURCE_ONLY = ("http-ece",)

# Where a number comes from, which carrier has it, its time zone: nine tenths of phonenumbers' size,
# and nothing the functions ask. Each module goes with its data, so that `check.py` would notice.
UNUSED_PHONE_DATA = {"carrier": "carrierdata", "geocoder": "geodata", "timezone": "tzdata"}

# What only these functions import, at once or when they need it; the others go without. A test
# follows the imports, and `check.py` follows them in what was built.
ONLY_FOR = {
    ("cryptography", "cffi", "_cffi_backend", "pycparser", "http_ece", "py_vapid"): frozenset(
        {"deliver", "desk"}  # push to devices
    ),
    ("jinja2", "markupsafe"): frozenset(
        {"capture", "alerts", "deliver", "bounces", "desk", "deadlines"}
    ),
}


def main() -> None:
    """Read the command line and build."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("function", help="as in the template, without `Function`: Capture")
    arguments.add_argument("artifacts_dir", type=Path)
    given = arguments.parse_args()
    build(given.function.lower(), given.artifacts_dir)


def build(function: str, artifact: Path) -> None:
    """Fill the folder `artifact` with what `functions.<function>.handler.handler` needs."""
    without = left_out(function)
    for part in installed_dependencies().iterdir():
        if part.name.partition(".")[0].partition("-")[0] in without:
            continue
        if part.is_dir():
            shutil.copytree(part, artifact / part.name, dirs_exist_ok=True)
        else:
            shutil.copy2(part, artifact)
    clean = shutil.ignore_patterns("__pycache__", "*.pyc")
    for part in (Path("functions", function), Path("shared")):
        shutil.copytree(ROOT / part, artifact / part, ignore=clean)
    shutil.copy(ROOT / "functions" / "__init__.py", artifact / "functions")
    for ours in ("functions", "shared"):
        compile_tree(artifact / ours, artifact)


def left_out(function: str) -> list[str]:
    """Return the dependencies, as they are imported, that this function goes without."""
    return [name for names, users in ONLY_FOR.items() for name in names if function not in users]


def installed_dependencies() -> Path:
    """Return the folder of trimmed and compiled dependencies, made first if it is not there yet."""
    compiler = compiling_python()
    recipe = b"\0".join(
        (REQUIREMENTS.read_bytes(), Path(__file__).read_bytes(), str(compiler).encode())
    )
    wanted = KEPT_BELOW / hashlib.sha256(recipe).hexdigest()[:16]
    with one_at_a_time():
        if not wanted.exists():
            # Made aside and renamed, so that a build that was broken off leaves no half folder.
            with tempfile.TemporaryDirectory(dir=KEPT_BELOW) as aside:
                fresh = Path(aside) / "fresh"
                install(fresh)
                trim(fresh)
                compile_tree(fresh, fresh)
                fresh.rename(wanted)
    return wanted


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let `sam build --parallel` install once, not five times at the same moment."""
    KEPT_BELOW.mkdir(parents=True, exist_ok=True)
    with (KEPT_BELOW / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(target: Path) -> None:
    """Install the pinned list for Lambda's platform, whatever platform this is."""
    # No dependency comes in unless the list names it, and no file but those whose hashes stand
    # there: what is deployed is what was reviewed, whatever the index has by now.
    exactly = ["--no-deps", "--require-hashes", "--requirement", str(REQUIREMENTS)]
    where = ["--no-compile", "--target", str(target)]
    subprocess.run([*pip_for("install", PLATFORM), *exactly, *where], check=True)


def pip_for(command: str, platform: str) -> list[str]:
    """The beginning of a command of pip's that looks for what runs on another machine."""
    return [
        *(sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check"),
        *("--platform", platform, "--implementation", "cp", "--python-version", PYTHON_VERSION),
        *("--only-binary", ":all:", "--no-binary", ",".join(SOURCE_ONLY)),
    ]


def trim(site: Path) -> None:
    """Delete what no function reads: a smaller artefact starts and uploads faster."""
    for service in (site / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    for examples in (site / "botocore" / "data").rglob("examples-1.json*"):
        examples.unlink()
    for module, data in UNUSED_PHONE_DATA.items():
        (site / "phonenumbers" / f"{module}.py").unlink()
        shutil.rmtree(site / "phonenumbers" / data)
    # Whether a domain takes mail is not asked of the network.
    (site / "email_validator" / "deliverability.py").unlink()
    shutil.rmtree(site / "dns")
    shutil.rmtree(site / "boto3" / "examples", ignore_errors=True)
    shutil.rmtree(site / "bin", ignore_errors=True)
    for typing_only in site.rglob("*.pyi"):
        typing_only.unlink()
    for tests in [folder for folder in site.rglob("tests") if folder.is_dir()]:
        shutil.rmtree(tests)
    # The rest of *.dist-info stays: pydantic asks there for email-validator's version.
    for record in site.glob("*.dist-info/RECORD"):
        record.unlink()


def compile_tree(tree: Path, artifact: Path) -> None:
    """Write byte code, since the function cannot: its own folder is read-only in Lambda.

    `unchecked-hash`, because the packed files' times mean nothing there. Without the right Python
    the artefact is just as correct, but each cold start compiles everything anew.
    """
    compiler = compiling_python()
    if compiler is None:
        return
    as_in_lambda = ["-s", str(artifact), "-p", "/var/task"]  # for the paths in tracebacks
    how = ["-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([compiler, "-m", "compileall", *how, *as_in_lambda, str(tree)], check=True)


@cache
def compiling_python() -> str | None:
    """Return a Python of exactly Lambda's version; a `python3.13` that does not run is none."""
    for candidate in (os.environ.get("PYTHON313", "python3.13"), sys.executable):
        probe = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        try:
            answer = subprocess.run(probe, capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        if answer.strip() == PYTHON_VERSION:
            return candidate
    print(
        f"leadwheel: no Python {PYTHON_VERSION} here (set PYTHON313 to one), so the artefact goes"
        " without byte code and its cold starts take longer."
    )
    return None


if __name__ == "__main__":
    main()
