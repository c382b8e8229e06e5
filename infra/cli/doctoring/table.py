"""The table: its state, its indexes, its stream, and what is only seen when it is needed."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.cli.doctoring import expected
from infra.cli.doctoring.facts import Facts
from infra.cli.doctoring.finding import Finding, fault, unseen, warning

RESTORE = (
    "AWS keeps a backup of a deleted table for 35 days: aws dynamodb list-backups --backup-type"
    " SYSTEM, then restore-table-from-backup with the table's own name, then deploy again"
)


def judge(facts: Facts) -> Iterator[Finding]:
    """All of it."""
    found = facts.one("table")
    if found is None:
        return
    name = found["TableName"]
    status = found["TableStatus"]
    if status not in ("ACTIVE", "UPDATING"):
        yield fault(
            "table-not-active",
            f"it is {status}",
            "no lead can be stored, and nothing can be done",
            "DELETING: stop whoever does that; INACCESSIBLE_ENCRYPTION_CREDENTIALS: its key is"
            " disabled; else wait a minute and run this again",
        )
    yield from _indexes(found)
    yield from _stream(found, name)
    if facts.parameters.get("Stage") == "prod" and not found.get("DeletionProtectionEnabled"):
        yield warning(
            "table-unprotected",
            "it is not protected against deletion, though the stage is prod",
            "one wrong command deletes all leads",
            f"aws dynamodb update-table --table-name {name} --deletion-protection-enabled",
        )
    yield from _of_time(facts, name)


def _indexes(found: Mapping[str, Any]) -> Iterator[Finding]:
    there = {one["IndexName"]: one for one in found.get("GlobalSecondaryIndexes", ())}
    for name, keys in expected.INDEXES.items():
        index = there.get(name)
        status = index.get("IndexStatus", "ACTIVE") if index else "not there"
        made_of = tuple(key["AttributeName"] for key in index["KeySchema"]) if index else keys
        if status != "ACTIVE" or made_of != keys:
            yield fault(
                "index",
                f"its index {name} is {status if status != 'ACTIVE' else 'made of other keys'}",
                "the sweep finds nothing that is due"
                if name == "due"
                else "lists of leads stay empty, and parked leads wait",
                "CREATING: wait, and run this again; else deploy the template again, in which it"
                " must be as it was",
            )


def _stream(found: Mapping[str, Any], name: str) -> Iterator[Finding]:
    stream = found.get("StreamSpecification", {})
    view = stream.get("StreamViewType")
    if not stream.get("StreamEnabled"):
        yield fault(
            "stream-disabled",
            "its stream is disabled",
            "nothing follows from what is written: no owner, no mail, no event; new leads wait"
            " for the sweep, a minute or more, and nobody is told of them",
            f"aws dynamodb update-table --table-name {name} --stream-specification"
            f" StreamEnabled=true,StreamViewType={expected.STREAM_VIEW}; it is another stream"
            " then, so give both mappings its ARN (docs/doctor.md)",
        )
    elif view != expected.STREAM_VIEW:
        yield fault(
            "stream-view",
            f"its stream shows {view}, not {expected.STREAM_VIEW}",
            "alerts cannot see what has changed",
            "disable it, enable it with that view, and give both mappings the new stream's ARN"
            " (docs/doctor.md)",
        )


def _of_time(facts: Facts, name: str) -> Iterator[Finding]:
    """Time to live, and backups: an emulator accepts them, and shows nothing of them."""
    ttl, backups = facts.one("ttl"), facts.one("backups")
    if ttl is not None:
        is_on = ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        if is_on and ttl.get("AttributeName") == expected.TTL_ATTRIBUTE:
            pass
        elif facts.emulated:
            yield unseen("ttl", "time to live cannot be seen here")
        else:
            yield fault(
                "ttl",
                "what is over is not cleared away: time to live is off, or by another attribute",
                "guards, bodies in quarantine and the rest of whom was forgotten stay for ever",
                f"aws dynamodb update-time-to-live --table-name {name}"
                " --time-to-live-specification"
                f" Enabled=true,AttributeName={expected.TTL_ATTRIBUTE}",
            )
    if backups is not None and backups.get("PointInTimeRecoveryStatus") != "ENABLED":
        if facts.emulated:
            yield unseen("backups", "point-in-time recovery cannot be seen here")
        else:
            yield fault(
                "backups",
                "point-in-time recovery is off",
                "what is written over by mistake cannot be brought back",
                f"aws dynamodb update-continuous-backups --table-name {name}"
                " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
            )


def well(facts: Facts) -> str:
    """What is said of one that is as it should be."""
    found = facts.one("table")
    if found is None:
        return "not looked at"
    return f"{found['TableName']} is {found['TableStatus']}, with its indexes and its stream"
