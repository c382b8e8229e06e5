"""A ledger read again: what an entry's lines lead to, from the accounts before it."""

from dataclasses import replace

from shared.domain.ledger import Entry
from shared.domain.rotation import Rotation, mark_level, pay, settle, share, with_members


def joined(before: Rotation, entry: Entry) -> Rotation:
    """The rotation before an entry, with the entry's members."""
    after = entry.rotation.standings
    return with_members(before, {rep: one.weight for rep, one in after.items()})


def replayed(before: Rotation, entry: Entry) -> Rotation:
    """The rotation that an entry's lines lead to, from the one before with the entry's members.

    Of a refund: see `refund` of the ledger.
    """
    standings = {
        rep: replace(before.standings[rep], weight=after.weight)
        for rep, after in entry.rotation.standings.items()
    }
    rotation = Rotation(entry.rotation.turn, before.leads, standings)
    settle(rotation, entry.settled)
    members = list(standings)
    for line in entry.lines:
        if line.moves_credit:
            sharing = line.sharing(members)
            if line.accrues:
                mark_level(rotation, line.absent(members), line.there(members))
            share(rotation, sharing, entry.weights(line, sharing), line.amount)
            pay(rotation, line.chosen or "", line.amount)
    return rotation
