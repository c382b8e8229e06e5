"""From the bytes a sender posts to one normal lead, in stages that each do one thing.

    body          bytes → field name and text        (`read_body`)
    spam          is it a person?                    (`suspicion`, `without_controls`)
    fingerprint   have we seen exactly this before?  (`body_fingerprint`)
    fields        sender's names → the lead's fields (`normalise`)

The body is parsed once: every later stage takes the mapping that `read_body` returns, and a source
with its own shape (an ad platform's nested answers, say) builds such a mapping itself. Nothing here
reads a clock, the network or the table.

The libraries for e-mail, phone and multipart are imported where they are first used, because
together they cost a cold start about 80 ms and most submissions need only some of them.
"""
