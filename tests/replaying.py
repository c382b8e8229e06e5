"""A ledger read again: what an entry's lines lead to, from the accounts before it."""

from shared.domain.ledger import Entry
from shared.domain.rotation import Rotation, Standing, pay, settle, share


def replayed(before: Rotation, entry: Entry) -> Rotation:
    """The rotation that an entry's lines lead to, from the one before with the entry's members.

    Of a refund: see `refund` of the ledger.
    """
    standings = {
        rep: Standing(after.weight, before.standings[rep].credit, before.standings[rep].last)
        for rep, after in entry.rotation.standings.items()
    }
    rotation = Rotation(entry.rotation.turn, before.leads, standings)
    settle(rotation, entry.settled)
    members = list(standings)
    for line in entry.lines:
        if line.moves_credit:
            sharing = line.sharing(members)
            share(rotation, sharing, entry.weights(line, sharing), line.amount)
            pay(rotation, line.chosen or "", line.amount)
    return rotation
