"""The build recipe agrees with the template, and its check notices what could not run."""

import re
import tomllib
from pathlib import Path

import pytest

from infra.build import check, package
from infra.build import pins as listed

ROOT = Path(__file__).resolve().parents[2]

HASH = re.compile(r"sha256:[0-9a-f]{64}")

# Built for one machine each; of all others one file serves every machine.
COMPILED = {"cffi", "cryptography", "markupsafe", "pydantic-core"}

# The client behind each of IAM's prefixes. (STS is packed too: using it needs no permission.)
CLIENTS = {
    "dynamodb": "dynamodb",
    "events": "events",
    "secretsmanager": "secretsmanager",
    "ses": "sesv2",
    "sns": "sns",
}


TEXT = package.REQUIREMENTS.read_text("utf-8")


def pins():
    """Name and version of each dependency that is deployed."""
    return {name: pin.version for name, pin in listed.pins(TEXT).items()}


def test_what_is_tested_is_what_is_deployed():
    """The versions that the tests ran with are the ones the functions get."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    tested = dict(line.split("==") for line in project["dependencies"])
    deployed = pins()
    assert {name: tested[name] for name in tested.keys() & deployed} == {
        name: deployed[name] for name in tested.keys() & deployed
    }


def test_each_dependency_is_exact_and_says_why_it_is_there():
    """The line above it says so; and nothing else is in the list."""
    lines = [line for line in TEXT.splitlines() if line and not line.startswith("    --hash=")]
    above = dict(zip(lines[1:], lines, strict=False))
    wanted = [line for line in lines if not line.startswith("#")]
    assert {line.removesuffix(" \\") for line in wanted} == {
        f"{name}=={version}" for name, version in pins().items()
    }
    assert all(re.fullmatch(r"# [^─]+", above[line]) for line in wanted)


def test_no_file_is_deployed_but_those_that_were_reviewed(monkeypatch):
    """Each by its hash: that for Lambda's machine, and that for others where they differ."""
    for name, pin in listed.pins(TEXT).items():
        assert all(map(HASH.fullmatch, pin.hashes)), name
        assert len(pin.hashes) == (len(listed.PLATFORMS) if name in COMPILED else 1), name
    commands = []
    monkeypatch.setattr(package.subprocess, "run", lambda command, **_: commands.append(command))
    package.install(Path("target"))
    assert "--require-hashes" in commands[0]
    assert "--no-deps" in commands[0]


def test_new_hashes_take_the_place_of_old_ones():
    text = "# why\none==1.0 \\\n    --hash=sha256:aa\n# why\ntwo==2.0\n"
    new = listed.with_hashes(text, {"one": {"sha256:bb", "sha256:cc"}, "two": {"sha256:dd"}})
    assert listed.pins(new) == {
        "one": ("1.0", {"sha256:bb", "sha256:cc"}),
        "two": ("2.0", {"sha256:dd"}),
    }
    assert new.count("# why") == 2


def test_the_build_compiles_for_the_templates_runtime(template):
    """Byte code and libraries for another version or machine would be left unused, or fail."""
    function = template["Globals"]["Function"]
    assert function["Runtime"] == f"python{package.PYTHON_VERSION}"
    assert function["Architectures"] == ["arm64"]
    assert package.PLATFORM.endswith("aarch64")


def test_the_services_a_function_may_call_are_packed(template):
    """Trimming botocore must leave the descriptions of whatever a statement allows."""
    functions = [
        made["Properties"]["Policies"]
        for made in template["Resources"].values()
        if made["Type"] == "AWS::Serverless::Function"
    ]
    services = {CLIENTS[prefix] for prefix in re.findall(r"'([a-z]+):[A-Z]", str(functions))}
    assert services | {"sts"} == package.SERVICES


def test_each_function_has_its_folder(find):
    """The recipe derives the folder from the function's name in the template."""
    for name in find("AWS::Lambda::Function"):
        assert (ROOT / "functions" / name.removesuffix("Function").lower() / "handler.py").exists()


# ── What the check after a build notices ─────────────────────────────────────────────────────────


@pytest.fixture
def artifact(tmp_path):
    """An artefact with a handler that imports one of its own modules and one library."""
    for name, text in {
        "functions/desk/handler.py": "import json\nfrom shared import card\n",
        "shared/__init__.py": "",
        "shared/card.py": "from library.part import Thing\n",
        "library/part.py": "class Thing: ...\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def dangling(artifact):
    return list(check.dangling_imports(artifact, "functions.desk.handler"))


def test_imports_that_lead_somewhere_are_fine(artifact):
    assert dangling(artifact) == []


def test_a_library_that_is_not_packed_is_noticed(artifact):
    """Also when only a module that the handler imports wants it."""
    (artifact / "shared" / "card.py").write_text("def draw():\n    import yaml\n")
    assert dangling(artifact) == [
        "shared.card imports yaml, which infra/requirements-lambda.txt does not bring"
    ]


def test_a_module_of_ours_that_is_not_packed_is_noticed(artifact):
    (artifact / "shared" / "card.py").write_text("from infra.cli import main\nimport shared.gone\n")
    assert dangling(artifact) == [
        "shared.card imports infra.cli.main, which infra/requirements-lambda.txt does not bring",
        "shared.gone is missing",
    ]


def test_a_trimmed_module_is_noticed(artifact):
    """phonenumbers is there, but without what tells where a number comes from."""
    (artifact / "phonenumbers").mkdir()
    (artifact / "shared" / "card.py").write_text("from phonenumbers import geocoder, parse\n")
    (problem,) = dangling(artifact)
    assert "phonenumbers.geocoder" in problem


def test_imports_for_type_checkers_are_not_followed(artifact):
    (artifact / "shared" / "card.py").write_text("if TYPE_CHECKING:\n    import yaml\n")
    assert dangling(artifact) == []


@pytest.mark.parametrize(("machine", "stray"), [(0xB7, []), (0x3E, [Path("core.so")])])
def test_a_library_for_another_machine_is_noticed(tmp_path, machine, stray):
    """0xB7 is ARM's number in ELF files, 0x3E that of x86."""
    (tmp_path / "core.so").write_bytes(b"\x7fELF" + bytes(14) + bytes([machine, 0]))
    assert list(check.stray_libraries(tmp_path)) == stray
