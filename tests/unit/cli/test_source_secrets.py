"""Keys and secrets of partners and hooks: kept in one secret, changed by anybody at any time."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from infra.api import Api
from infra.cli import key, secret
from infra.cli.main import app
from infra.cli.source_secrets import ATTEMPTS, SourceSecrets, add_value
from infra.cli.stack import Stack
from shared.credentials import key_hash, scopes_of_key
from shared.errors import LeadwheelError
from shared.flows.apply_config import apply_config
from shared.messages.push import keys_of
from shared.surroundings import real
from tests import team
from tests.table import client

_numbers = itertools.count(1)

SOURCES = {
    "partners": {"acme": {}, "signing": {"trust": "signature"}},
    "hooks": {"meta": {"format": "meta"}, "open": {"format": "generic", "trust": "public"}},
    "channels": {"phone-push": {"kind": "push"}},
}


def new_secrets(cloud: str, text: str = "{}") -> SourceSecrets:
    """As the template makes it."""
    manager = client("secretsmanager", cloud)
    arn = manager.create_secret(Name=f"sources-{next(_numbers)}", SecretString=text)["ARN"]
    return SourceSecrets(manager, arn, wait=lambda _: None)


@pytest.fixture
def stored(cloud: str) -> SourceSecrets:
    return new_secrets(cloud)


@pytest.fixture
def stack(
    table: str, cloud: str, stored: SourceSecrets, monkeypatch: pytest.MonkeyPatch
) -> SourceSecrets:
    """A stack with the secret, and with a configuration of SOURCES; the commands act on it."""
    apply_config(team.config({"anna": 1}, more=SOURCES), real())
    stack = Stack(
        Api("http://nowhere", str),
        table,
        "us-east-1",
        cloud,
        secrets_arn=stored.arn,
        client=lambda _: stored.client,
    )
    for module in (key, secret):
        monkeypatch.setattr(module, "find_stack", lambda _: stack)
    return stored


def run(*arguments: str, said: str | None = None) -> tuple[int, str, str]:
    """Exit status, what was said, what was noted or complained about."""
    result = CliRunner().invoke(app, arguments, input=said)
    return result.exit_code, result.stdout, result.stderr


# ── The store ────────────────────────────────────────────────────────────────────────────────────


def test_changes_made_at_the_same_time_all_count(stored: SourceSecrets) -> None:
    patient = SourceSecrets(stored.client, stored.arn)

    def add(number: int) -> None:
        patient.change(lambda known: add_value(known, f"hook#{number}", "secret", "s" * 8))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(16)))
    assert set(stored.all()) == {f"hook#{number}" for number in range(16)}


class Interfered:
    """A client before whose write somebody else is faster, some times."""

    def __init__(self, real: SourceSecrets, times: int) -> None:
        self.real, self.left = real, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real.client, name)

    def update_secret_version_stage(self, **arguments: Any) -> Any:
        if self.left:
            self.left -= 1
            number = self.left
            self.real.change(
                lambda known: add_value(known, "hook#theirs", "secret", f"no {number}")
            )
        return self.real.client.update_secret_version_stage(**arguments)


def test_who_is_slower_begins_again_with_what_the_other_wrote(stored: SourceSecrets) -> None:
    slow = SourceSecrets(Interfered(stored, 3), stored.arn, wait=lambda _: None)
    slow.change(lambda known: add_value(known, "hook#ours", "secret", "ours"))
    assert stored.of("hook#theirs") == {"secret": ["no 0", "no 1"]}
    assert stored.of("hook#ours") == {"secret": ["ours"]}


def test_who_is_always_slower_is_told_and_changes_nothing(stored: SourceSecrets) -> None:
    slow = SourceSecrets(Interfered(stored, ATTEMPTS), stored.arn, wait=lambda _: None)
    with pytest.raises(LeadwheelError, match="others keep changing"):
        slow.change(lambda known: add_value(known, "hook#ours", "secret", "ours"))
    assert "hook#ours" not in stored.all()


class Forgetful:
    """A client whose first answer is lost, so that it asks the same again."""

    def __init__(self, real: Any) -> None:
        self.real, self.asked = real, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def update_secret_version_stage(self, **arguments: Any) -> Any:
        self.asked += 1
        self.real.update_secret_version_stage(**arguments)
        return self.real.update_secret_version_stage(**arguments)


def test_a_lost_answer_is_no_lost_race(stored: SourceSecrets) -> None:
    forgetful = Forgetful(stored.client)
    calls = []

    def edit(known: dict[str, Any]) -> None:
        calls.append(1)
        add_value(known, "hook#a", "secret", "aaaaaaaa")

    SourceSecrets(forgetful, stored.arn).change(edit)
    assert (len(calls), forgetful.asked) == (1, 1)
    assert stored.of("hook#a") == {"secret": ["aaaaaaaa"]}


class Dying:
    """A client whose process dies before what it wrote has taken effect."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def update_secret_version_stage(self, **_: Any) -> Any:
        raise KeyboardInterrupt


def test_a_change_broken_off_is_none(stored: SourceSecrets) -> None:
    stored.change(lambda known: add_value(known, "hook#a", "secret", "before"))
    with pytest.raises(KeyboardInterrupt):
        SourceSecrets(Dying(stored.client), stored.arn).change(
            lambda known: add_value(known, "hook#a", "secret", "after")
        )
    assert stored.of("hook#a") == {"secret": ["before"]}
    stored.change(lambda known: add_value(known, "hook#a", "secret", "later"))
    assert stored.of("hook#a") == {"secret": ["later", "before"]}


def test_what_aws_refuses_is_not_tried_again(stored: SourceSecrets) -> None:
    missing = SourceSecrets(stored.client, f"{stored.arn}-not")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        missing.change(lambda _: None)


def test_more_than_a_secret_holds_is_one_sentence(stored: SourceSecrets) -> None:
    with pytest.raises(LeadwheelError, match="a secret of AWS holds 65536"):
        stored.change(lambda known: add_value(known, "hook#a", "secret", "x" * 70_000))
    assert stored.all() == {}


@pytest.mark.parametrize("text", ["[]", "nonsense"])
def test_a_secret_that_somebody_spoilt_is_one_sentence(cloud: str, text: str) -> None:
    with pytest.raises(LeadwheelError, match="holds no JSON object"):
        new_secrets(cloud, text).all()


# ── `leadwheel key` ──────────────────────────────────────────────────────────────────────────────


def test_a_key_is_shown_once_and_kept_as_its_hash(stack: SourceSecrets) -> None:
    status, said, noted = run("key", "acme")
    made = said.strip()
    assert status == 0
    assert made.startswith("lw_")
    assert len(made) > 40
    assert noted == "the key of partner acme, for leads, pings, returns; it is not shown again\n"
    raw = stack.client.get_secret_value(SecretId=stack.arn)["SecretString"]
    assert made not in raw
    assert key_hash(made) in raw
    assert scopes_of_key(stack.of("partner#acme"), made) == {"leads", "pings", "returns"}


def test_a_key_can_be_for_some_things_only(stack: SourceSecrets) -> None:
    _, said, _ = run("key", "acme", "--scope", "returns", "--scope", "leads")
    assert scopes_of_key(stack.of("partner#acme"), said.strip()) == {"leads", "returns"}


def test_two_keys_are_valid_and_a_third_replaces_the_oldest(stack: SourceSecrets) -> None:
    keys = [run("key", "acme")[1].strip() for _ in range(3)]
    valid = [scopes_of_key(stack.of("partner#acme"), made) is not None for made in keys]
    assert valid == [False, True, True]
    _, listed, _ = run("key", "acme", "--list")
    assert [line[:7] for line in listed.splitlines()[1:]] == [keys[2][:7], keys[1][:7]]


def test_that_a_key_replaces_another_is_said(stack: SourceSecrets) -> None:
    noted = [run("key", "acme")[2] for _ in range(3)]
    told = "it takes the place of the oldest of two, which works for up to five minutes more"
    assert [told in each for each in noted] == [False, False, True]


def test_the_older_of_two_keys_can_be_dropped_and_the_last_one_not(stack: SourceSecrets) -> None:
    keys = [run("key", "acme")[1].strip() for _ in range(2)]
    assert run("key", "acme", "--drop")[0] == 0
    valid = [scopes_of_key(stack.of("partner#acme"), made) is not None for made in keys]
    assert valid == [False, True]
    status, _, complained = run("key", "acme", "--drop")
    assert status == 1
    assert "partner acme has 1 key, and only the older of two can be dropped" in complained
    assert len(stack.of("partner#acme")["keys"]) == 1


def test_without_keys_the_list_says_so(stack: SourceSecrets) -> None:
    assert run("key", "acme", "--list")[1] == "there are no keys\n"


def test_a_key_for_nobody_is_refused_and_stored_nowhere(stack: SourceSecrets) -> None:
    status, said, complained = run("key", "amce")
    assert (status, said) == (1, "")
    assert "there is no partner 'amce' in the active configuration (there: acme, signing)" in (
        complained
    )
    assert stack.all() == {}


def test_a_key_that_is_not_asked_for_is_said_so(stack: SourceSecrets) -> None:
    _, _, noted = run("key", "signing")
    assert "but this partner signs (trust: signature)" in noted


def test_a_machine_needs_no_place_in_the_configuration_and_says_what_its_key_is_for(
    stack: SourceSecrets,
) -> None:
    status, _, complained = run("key", "machine#crm")
    assert status == 1
    assert "say what the key is for: --scope read, write, admin" in complained
    assert run("key", "machine#crm", "--scope", "leads")[0] == 1
    assert run("key", "acme", "--scope", "admin")[0] == 1
    assert "'Crm' is no machine's id" in run("key", "machine#Crm", "--scope", "read")[2]
    assert stack.all() == {}
    keys = []
    for scopes in (("read",), ("write", "read")):
        arguments = [text for scope in scopes for text in ("--scope", scope)]
        status, said, noted = run("key", "machine#crm", *arguments)
        assert status == 0
        keys.append(said.strip())
    assert noted.startswith("the key of machine crm, for read, write;")
    scopes_of = [scopes_of_key(stack.of("machine#crm"), made, unless_said=()) for made in keys]
    assert scopes_of == [{"read"}, {"read", "write"}]
    assert run("key", "machine#crm", "--drop")[0] == 0
    assert [record["begins"] for record in stack.of("machine#crm")["keys"]] == [keys[1][:7]]


def test_all_keys_can_be_revoked(stack: SourceSecrets) -> None:
    for holder in (("machine#crm", "--scope", "admin"), ("acme",), ("acme",)):
        run("key", *holder)
    for holder in ("machine#crm", "acme"):
        assert run("key", holder, "--revoke")[0] == 0
        assert run("key", holder, "--list")[1] == "there are no keys\n"
        status, _, complained = run("key", holder, "--revoke")
        assert (status, "has no keys" in complained) == (1, True)
    assert run("key", "acme", "--revoke", "--drop")[0] == 1


# ── `leadwheel secret` ───────────────────────────────────────────────────────────────────────────


def test_a_secret_comes_from_the_standard_input_without_its_line_break(
    stack: SourceSecrets,
) -> None:
    status, said, noted = run("secret", "hook#meta", said="app secret 1\n")
    assert (status, said) == (0, "")
    assert noted.startswith("the new secret of hook#meta is stored")
    assert "the App secret, under App settings" in noted
    assert stack.of("hook#meta") == {"secret": ["app secret 1"]}


def test_a_secret_comes_from_a_file(stack: SourceSecrets, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from the file\n")
    run("secret", "hooks/meta", "access_token", "--value-from", str(file))
    assert stack.of("hook#meta") == {"access_token": ["from the file"]}
    status, _, complained = run("secret", "hook#meta", "--value-from", str(tmp_path / "none"))
    assert status == 1
    assert "cannot be read: No such file" in complained


def test_the_one_before_stays_valid_unless_told_otherwise(stack: SourceSecrets) -> None:
    for value in ("first one", "second one", "second one", "third one"):
        run("secret", "hook#meta", said=value)
    assert stack.of("hook#meta")["secret"] == ["third one", "second one"]
    _, _, noted = run("secret", "hook#meta", "--only", said="the only one")
    assert stack.of("hook#meta")["secret"] == ["the only one"]
    assert "within five minutes nobody takes an earlier one any more" in noted


def test_each_name_of_a_hook_has_values_of_its_own(stack: SourceSecrets) -> None:
    for name in ("secret", "verify_token", "access_token"):
        assert run("secret", "hook#meta", name, said=f"my {name}")[0] == 0
    assert stack.of("hook#meta") == {
        name: [f"my {name}"] for name in ("secret", "verify_token", "access_token")
    }


def test_a_generated_secret_is_shown_and_fits_where_it_goes(stack: SourceSecrets) -> None:
    _, shown, _ = run("secret", "hook#meta", "--generate")
    assert stack.of("hook#meta")["secret"] == [shown.strip()]
    assert 30 <= len(shown.strip()) <= 50
    _, shown, _ = run("secret", "partner#signing", "--generate")
    assert shown.startswith("whsec_")
    assert stack.of("partner#signing")["secret"] == [shown.strip()]


def test_a_generated_push_key_is_shown_to_nobody(stack: SourceSecrets) -> None:
    for _ in range(2):
        status, shown, noted = run("secret", "channel#phone-push", "--generate")
        assert (status, shown) == (0, "")
        assert "devices go on with the key they were set up with" in noted
    newest, before = stack.of("channel#phone-push")["secret"]
    assert newest != before
    assert len(keys_of([newest, before])) == 2
    assert newest not in noted


@pytest.mark.parametrize("said", ["a plain secret", "0" * 42, "A" * 43, "_" * 43])
def test_what_is_no_push_key_is_refused(stack: SourceSecrets, said: str) -> None:
    """Zero, and what is beyond the curve's order, are no keys either."""
    status, _, complained = run("secret", "channel#phone-push", said=said)
    assert status == 1
    assert complained.startswith("leadwheel: a push channel's secret is a private key of VAPID")
    assert said not in complained


@pytest.mark.parametrize(
    ("arguments", "said", "complaint"),
    [
        (("hook#meta",), "", "the value has 0 characters; it must have 8 to 4096"),
        (("hook#meta",), "short", "the value has 5 characters"),
        (("hook#meta",), "x" * 5000, "the value has 4098 characters; it must have 8 to 4096"),
        (("hook#meta",), "two\nlines of it", "the value must be one line of text"),
        (("partner#signing",), "a plain secret", "a partner's secret is one of Standard Webhooks"),
        (("partner#signing",), "whsec_dG9vIHNob3J0", "a partner's secret is one of Standard"),
        (("partner#acme", "verify_token"), "abcdefgh", "a partner has no verify_token"),
        (("hook#mtea",), "abcdefgh", "there is no hook mtea in the active configuration (there: p"),
        (("hook#acme",), "abcdefgh", "there is no hook acme in the active configuration"),
        (("form#website",), "abcdefgh", "'form#website' is no source with a secret"),
    ],
)
def test_what_nobody_could_sign_with_is_refused(
    stack: SourceSecrets, arguments: tuple[str, ...], said: str, complaint: str
) -> None:
    status, _, complained = run("secret", *arguments, said=said)
    assert status == 1
    assert complained.startswith(f"leadwheel: {complaint}")
    assert "abcdefgh" not in complained
    assert stack.all() == {}


def test_a_secret_that_nobody_asks_for_is_said_so(stack: SourceSecrets) -> None:
    _, _, noted = run("secret", "hook#open", "--generate")
    assert "but this hook is public" in noted
    _, _, noted = run("secret", "partner#acme", "--generate")
    assert "but it shows a key (trust: key)" in noted


def test_a_stack_without_the_secret_is_one_sentence(
    stack: SourceSecrets, table: str, cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Stack(Api("http://nowhere", str), table, "us-east-1", cloud)
    monkeypatch.setattr(key, "find_stack", lambda _: old)
    status, _, complained = run("key", "acme")
    assert status == 1
    assert complained == (
        "leadwheel: this stack comes from before there were partners and hooks; deploy it again\n"
    )


def test_the_shape_is_the_one_that_the_doors_read(stack: SourceSecrets) -> None:
    run("key", "acme")
    run("secret", "hook#meta", said="app secret")
    raw = json.loads(stack.client.get_secret_value(SecretId=stack.arn)["SecretString"])
    (record,) = raw["partner#acme"]["keys"]
    assert set(record) == {"sha256", "scopes", "begins", "made"}
    assert raw["hook#meta"] == {"secret": ["app secret"]}
