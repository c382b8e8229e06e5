"""The shapes of what the API answers, and of the leads that are sent to it."""

from typing import Any

from shared.domain.bounces import Code
from shared.domain.candidates import Role
from shared.domain.deadlines import TAKING, Action, IfStill
from shared.domain.leads import Status, Step
from shared.openapi.parts import (
    AMOUNT,
    MAYBE_AMOUNT,
    MAYBE_MOMENT,
    MAYBE_TEXT,
    MAYBE_WHOLE,
    MOMENT,
    TEXT,
    WHOLE,
    YES_OR_NO,
    Json,
    a_list,
    an_object,
    ref,
)
from shared.sources.meanings import MEANINGS

_STATUSES: Json = {"enum": [str(status) for status in Status]}
_NEXT: Json = {**MAYBE_TEXT, "description": "ask for what follows, with `after`: this"}
_CURRENCY: Json = {"type": "string", "pattern": "^[A-Z]{3}$"}
_CONDITIONS: Json = {
    "type": "object",
    "additionalProperties": True,
    "description": "as in the configuration: field → its values, one of which it has, or what else"
    " must be true of it; `all`, `any` and `not` → groups of such conditions",
}
_SALE: Json = {
    **an_object(price=AMOUNT, currency=_CURRENCY),
    "type": ["object", "null"],
    "description": "what its seller gets; null when nobody sold it",
}
_WON: Json = {
    **an_object(value=AMOUNT, currency=_CURRENCY),
    "type": ["object", "null"],
    "description": "what a lead that is won is worth, as its rep says",
}
_QUARANTINE: Json = {
    **an_object(
        {
            "raw": {**TEXT, "description": "the body as it came, when it is UTF-8"},
            "raw_base64": {**TEXT, "description": "the body as it came, when it is not"},
        },
        reason=MAYBE_TEXT,
        content_type=MAYBE_TEXT,
        part={**WHOLE, "description": "which of the leads in the body this is, counted from 1"},
        expires_at=MOMENT,
    ),
    "type": ["object", "null"],
    "description": "Only of a lead in quarantine. null: the body has been deleted.",
}
_WARNINGS: Json = {
    **a_list(TEXT),
    "description": "what a person should know of a lead that was let in all the same",
}
_HISTORY = an_object(
    n={**WHOLE, "description": "counted from 1, without gaps"},
    step={"enum": [str(step) for step in Step]},
    at=MOMENT,
    rep=MAYBE_TEXT,
    pool=MAYBE_TEXT,
    rule=MAYBE_TEXT,
    turn=MAYBE_WHOLE,
    reason=MAYBE_TEXT,
    by=MAYBE_TEXT,
    to={**MAYBE_TEXT, "description": "the pool it went on to"},
    over={**a_list(TEXT), "description": "what a manager has overridden: `holding_limit`, …"},
    offered={**a_list(TEXT), "description": "the reps it is offered to; nobody: whoever claims it"},
    until={
        **MAYBE_MOMENT,
        "description": "opened: then it goes on, if nobody has claimed it; snoozed: then its rep is"
        " reminded; escalated: so long the rep is paused; of what a rep does with a lead that is"
        " protected in working time: so long it stays theirs",
    },
    names={**a_list(TEXT), "description": "the fields that changed"},
    sentence=TEXT,
)

# Any value is read: numbers and lists become text. So there is no type to hold it against.
_LEAD_FIELDS: Json = {
    "type": "object",
    "properties": {
        name: {"description": meaning.text, "examples": [meaning.example]}
        for name, meaning in MEANINGS.items()
    },
    "anyOf": [{"required": ["email"]}, {"required": ["phone"]}],
    "additionalProperties": True,
    "description": "Names in any case, with or without spaces and dashes; the usual spellings and"
    " the source's aliases count as the field. Whatever else is sent is kept under `extra`.",
}
_STEERING: Json = {
    "test": {"description": "whether to try only: nothing is bought", "examples": [True]},
    "external_id": {
        "description": "the partner's own id of the lead, under the name that was agreed"
    },
}

_DEADLINE = an_object(
    action={"enum": [str(action) for action in Action]},
    at=MOMENT,
    **{"if": {"enum": [str(condition) for condition in IfStill]}},
)
_PROTECTION: Json = {
    **an_object(
        until={**MOMENT, "description": "unless its owner does something before"},
        at_most={**MOMENT, "description": "whatever its owner does"},
        then={"enum": [str(action) for action in Action if action in {*TAKING, "tell_manager"}]},
    ),
    "type": ["object", "null"],
    "description": "how long an accepted lead stays with its owner",
}
_RESPONSE: Json = {
    **an_object(
        seconds={**WHOLE, "description": "until the person was contacted, or so far"},
        accepted_after={**MAYBE_WHOLE, "description": "seconds"},
        contacted_after={**MAYBE_WHOLE, "description": "seconds"},
        breached_at={
            **MAYBE_MOMENT,
            "description": "when a deadline first passed that told a manager or took the lead",
        },
    ),
    "description": "how long the person has waited since the lead came in, on the clock of the"
    " lead's pool; of one lead that is asked for",
}

_LEAD = an_object(
    {"quarantine": _QUARANTINE, "response": _RESPONSE},
    lead_id=TEXT,
    status=_STATUSES,
    owner=MAYBE_TEXT,
    assignment={**WHOLE, "description": "how often the lead was given out so far"},
    pool=MAYBE_TEXT,
    source={**TEXT, "examples": ["form#website", "partner#acme", "hook#meta"]},
    created_at=MOMENT,
    masked={
        **YES_OR_NO,
        "description": "whether a rep is shown initials and hints only, until they have accepted",
    },
    fields={"type": "object"},
    warnings=_WARNINGS,
    sale=_SALE,
    won=_WON,
    first={**MAYBE_TEXT, "description": "of a duplicate: the lead that came before"},
    score={**MAYBE_TEXT, "description": "what it scored when it was last decided about"},
    since={**MAYBE_MOMENT, "description": "since when nobody has had it, in this pool"},
    offered={**a_list(TEXT), "description": "of an open lead: the reps it is offered to"},
    deadlines=a_list(_DEADLINE),
    protection=_PROTECTION,
    due_at=MAYBE_MOMENT,
    history=a_list(_HISTORY),
)

_NAMED_LIMIT: Json = {
    **TEXT,
    "examples": ["holding_limit", "holding_points", "daily_limit", "pool_weekly_limit"],
}
_ROLLING: Json = {**YES_OR_NO, "description": "whether it counts the last so many hours"}
_NUMBER: Json = {"type": "number"}
_MAYBE_NUMBER: Json = {"type": ["number", "null"]}
_POINTS: Json = {**_NUMBER, "description": "what the open leads weigh"}
_VALUE: Json = {**_NUMBER, "description": "what the open leads are worth, in typical leads"}
_LIMITS_USED = a_list(
    an_object(limit=_NAMED_LIMIT, most=_NUMBER, used=_NUMBER, rolling=_ROLLING),
)
_CANDIDATE = an_object(
    rep_id=TEXT,
    status={
        "enum": [str(role) for role in Role],
        "description": "owed: not there or held back, and owed a part all the same; not_compared:"
        " nobody asked who of the members could take it",
    },
    reason=TEXT,
    member={**YES_OR_NO, "description": "of the pool; others have no credit in it"},
    weight={**_NUMBER, "description": "as it counted for this lead"},
    credit_before=WHOLE,
    share={**WHOLE, "description": "how much more they were owed by this lead"},
    credit_after=WHOLE,
    open={**MAYBE_WHOLE, "description": "open leads held when it was decided"},
    open_in_pool=MAYBE_WHOLE,
    received_today=MAYBE_WHOLE,
    points={**_POINTS, "type": ["number", "null"]},
    value={**_VALUE, "type": ["number", "null"]},
    limits=a_list(an_object(limit=_NAMED_LIMIT, most=_NUMBER, rolling=_ROLLING)),
)
_PASSAGE = an_object(
    pool=TEXT,
    reason={**TEXT, "description": "a code: off_hours, at_limits, nobody_claimed, …"},
    sentence=TEXT,
    at=MOMENT,
)
_DECIDED: Json = {
    "lead_id": TEXT,
    "rule": {**TEXT, "description": "that sent it to the pool, or to the first of `path`"},
    "pool": TEXT,
    "path": {**a_list(_PASSAGE), "description": "the pools that passed it on, first to last"},
    "way": {
        "enum": ["shared", "existing_owner", "manual", "claim", "open", "pass", "parked"],
    },
    "strategy": {**TEXT, "description": "the pool's, in words"},
    "config_version": WHOLE,
    "turn": {**WHOLE, "description": "the entry of the pool's ledger"},
    "assignment": {**MAYBE_WHOLE, "description": "null: nobody got it"},
    "at": MOMENT,
    "chosen": MAYBE_TEXT,
    "reason": {**TEXT, "description": "one sentence, as the rep is told"},
    "paragraph": {**TEXT, "description": "all of it, in plain prose"},
    "by": {**MAYBE_TEXT, "description": "who did it, when it was not leadwheel itself"},
    "note": {**MAYBE_TEXT, "description": "a manager's words"},
    "overridden": {**a_list(TEXT), "description": "what a manager has overridden"},
    "offered": {**a_list(TEXT), "description": "the reps it is offered to"},
    "until": {**MAYBE_MOMENT, "description": "how long it may be claimed, or accepted"},
    "to": {**MAYBE_TEXT, "description": "the pool it went on to"},
    "score": MAYBE_TEXT,
    "hot": {**YES_OR_NO, "description": "whether limits did not count"},
    "points": {**_MAYBE_NUMBER, "description": "what it weighs; null: nobody got it"},
    "value": {**_MAYBE_NUMBER, "description": "in typical leads; null: nobody counts it"},
    "cost": {**WHOLE, "description": "the credit that the chosen rep paid"},
    "refund": {
        **an_object(rep_id=TEXT, turn=WHOLE, at=MOMENT, step=TEXT, sentence=TEXT),
        "type": ["object", "null"],
        "description": "the rep has the credit again: by which step, as the pool's `refund` lists",
    },
    "credit_unit": {"const": "millionths of a lead"},
}

SCHEMAS: dict[str, Any] = {
    "Sessions": an_object(
        sessions=a_list(an_object(session=TEXT, created_at=MOMENT, seen_at=MOMENT, ends_at=MOMENT))
    ),
    "EndedSessions": an_object(ended={**WHOLE, "description": "how many there were"}),
    "Problem": {
        **an_object(
            {
                "detail": TEXT,
                "errors": a_list(an_object(field=TEXT, message=TEXT)),
                "rep_id": {**TEXT, "description": "who cannot take the lead"},
                "code": {**TEXT, "description": "what keeps them from it, as `holding_limit`"},
                "outcome": {"const": "error"},
            },
            type={"type": "string", "format": "uri"},
            title=TEXT,
            status=WHOLE,
        ),
        "description": "RFC 9457. `errors` names every wrong field.",
    },
    "PartnerProblem": {
        "allOf": [ref("Problem"), {"required": ["outcome"]}],
        "description": "The request is wrong; nothing was stored.",
    },
    "Throttled": an_object(message=TEXT),
    "Specification": an_object(openapi=TEXT, info={"type": "object"}, paths={"type": "object"}),
    "LeadFields": _LEAD_FIELDS,
    "PartnerLead": {
        **_LEAD_FIELDS,
        "properties": {
            **_LEAD_FIELDS["properties"],
            **_STEERING,
            "ping_id": {"description": "of the ping whose price this lead is to have"},
        },
    },
    "PingFields": {
        "type": "object",
        "properties": _STEERING,
        "additionalProperties": True,
        "description": "The fields of a lead without those that say who it is.",
    },
    "Received": an_object(lead_id=TEXT, status={"const": "received"}),
    "Delivered": an_object(status={"const": "received"}, lead_ids=a_list(TEXT)),
    "PartnerAnswer": {
        **an_object(
            outcome={"enum": ["success", "failure"]},
            code={
                **TEXT,
                "description": "stable: accepted, held, test; duplicate, screened, cap_reached,"
                " outside_hours, paused, ping_gone",
            },
            reason=TEXT,
            lead_id=TEXT,
            price=AMOUNT,
            currency=_CURRENCY,
        ),
        "xml": {"name": "response"},
    },
    "PingAnswer": {
        **an_object(
            outcome={"enum": ["success", "failure"]},
            code={
                **TEXT,
                "description": "stable: accepted, test; screened, cap_reached, outside_hours,"
                " paused",
            },
            reason=TEXT,
            price=AMOUNT,
            currency=_CURRENCY,
            ping_id=MAYBE_TEXT,
            expires_at=MAYBE_MOMENT,
        ),
        "xml": {"name": "response"},
    },
    "ReturnAnswer": an_object(
        outcome={"enum": ["success", "failure"]},
        status={"enum": ["requested", "approved", "refused"]},
        code={**TEXT, "description": "the reason, as the agreed list has it"},
        reason=TEXT,
        lead_id=TEXT,
        price={**AMOUNT, "description": "what is given back"},
        currency=_CURRENCY,
    ),
    "Lead": _LEAD,
    "LeadInBrief": an_object(
        lead_id=TEXT,
        status=_STATUSES,
        assignment=WHOLE,
        pool=MAYBE_TEXT,
        source=TEXT,
        created_at=MOMENT,
    ),
    "LeadAfter": {
        "anyOf": [ref("Lead"), ref("LeadInBrief")],
        "description": "In brief for who may not read it: a rep who has just given it back, or a"
        " key with the scope `write` alone.",
    },
    "LeadInShort": an_object(
        lead_id=TEXT,
        status=_STATUSES,
        owner=MAYBE_TEXT,
        assignment=WHOLE,
        pool=MAYBE_TEXT,
        source=TEXT,
        name={**MAYBE_TEXT, "description": "without one, the e-mail address or phone number"},
        created_at=MOMENT,
        due_at=MAYBE_MOMENT,
        reason={**MAYBE_TEXT, "description": "why it is parked, in quarantine, or nobody's"},
    ),
    "Leads": {
        **an_object(leads=a_list(ref("LeadInShort")), more=YES_OR_NO),
        "description": "At most 100 leads, longest there first; `more`: there are further ones.",
    },
    "HeldLead": {
        **_LEAD,
        "required": [*_LEAD["required"], "quarantine"],
        "description": "A lead that is in quarantine, or was.",
    },
    "Decision": an_object(
        **_DECIDED,
        candidates=a_list(_CANDIDATE),
        warnings=_WARNINGS,
        sale=_SALE,
        earlier={**a_list(an_object(**_DECIDED)), "description": "what was decided before"},
    ),
    "Rotation": an_object(
        pool_id=TEXT,
        turn=WHOLE,
        leads=WHOLE,
        config_version=WHOLE,
        at=MOMENT,
        credit_unit={"const": "millionths of a lead"},
        credit_sum={"const": 0},
        limits={**_LIMITS_USED, "description": "of all members together"},
        members=a_list(
            an_object(
                rep_id=TEXT,
                name=TEXT,
                weight=_NUMBER,
                credit=WHOLE,
                open=WHOLE,
                open_in_pool=WHOLE,
                points=_POINTS,
                value=_VALUE,
                received_today=WHOLE,
                holding_limit=MAYBE_WHOLE,
                daily_limit=MAYBE_WHOLE,
                limits=_LIMITS_USED,
                status={
                    **TEXT,
                    "description": "`available`, or what keeps them from a lead: `paused`, `away`,"
                    " `off_shift`, `holding_limit`, …",
                },
                until={**MAYBE_MOMENT, "description": "when who is absent is back, if known"},
            )
        ),
    ),
    "OpenLeads": {
        **an_object(
            pool_id=TEXT,
            preview={**YES_OR_NO, "description": "false: they are claimed unseen"},
            masked={**YES_OR_NO, "description": "whether name and contact data are hidden"},
            count={**WHOLE, "description": "at most 100"},
            more={**YES_OR_NO, "description": "whether there are more than those counted"},
            oldest_age={**MAYBE_WHOLE, "description": "seconds since the oldest was opened"},
            leads=a_list(
                an_object(
                    lead_id=TEXT,
                    source=TEXT,
                    since=MOMENT,
                    until=MAYBE_MOMENT,
                    score={"type": ["number", "null"]},
                    offered_to={
                        **WHOLE,
                        "description": "how many reps it is offered to; 0: anybody of the pool",
                    },
                    name=MAYBE_TEXT,
                    company=MAYBE_TEXT,
                    email=MAYBE_TEXT,
                    phone=MAYBE_TEXT,
                    place=MAYBE_TEXT,
                    product=MAYBE_TEXT,
                )
            ),
        ),
        "description": "Oldest first. None is shown where leads are claimed unseen.",
    },
    "PausedMail": an_object(
        paused=a_list(
            an_object(
                who={**TEXT, "description": "a rep's id; of a manager, as in `manager#lena`"},
                rep_id={**MAYBE_TEXT, "description": "null: a manager, whose mail is not paused"},
                code={"enum": [str(code) for code in Code]},
                since=MOMENT,
            )
        )
    ),
    "Mail": an_object(rep_id=TEXT, paused={"const": False}),
    "Paused": an_object(
        rep_id=TEXT,
        paused=YES_OR_NO,
        until={**MAYBE_MOMENT, "description": "then the pause ends by itself"},
    ),
    "Results": {
        **an_object(
            results=a_list(
                an_object(
                    {
                        "lead": {"anyOf": [ref("LeadInShort"), ref("LeadInBrief")]},
                        "problem": ref("Problem"),
                    },
                    lead_id=TEXT,
                    ok=YES_OR_NO,
                )
            ),
            done=WHOLE,
            failed=WHOLE,
        ),
        "description": "What became of each lead, in the order asked: the lead, or the problem.",
    },
    "Return": an_object(
        lead_id=TEXT,
        partner_id=TEXT,
        status={"enum": ["requested", "approved", "refused"]},
        reason=TEXT,
        note={**MAYBE_TEXT, "description": "the partner's own words"},
        at=MOMENT,
        price=AMOUNT,
        currency=_CURRENCY,
        decided_at=MAYBE_MOMENT,
        by=MAYBE_TEXT,
        why={**MAYBE_TEXT, "description": "why it was refused"},
    ),
    "Deliveries": {
        **an_object(
            deliveries=a_list(
                an_object(
                    id=TEXT,
                    lead_id=TEXT,
                    n={**WHOLE, "description": "which change of the lead it is about"},
                    channel=TEXT,
                    rep_id={**MAYBE_TEXT, "description": "whom it is for; null: the pool's"},
                    attempts=WHOLE,
                    code={**MAYBE_TEXT, "description": "why the last one failed"},
                    died_at=MAYBE_MOMENT,
                )
            ),
            more=YES_OR_NO,
        ),
        "description": "At most 100; `more`: there are further ones.",
    },
    "Redriven": {
        **an_object(redriven=a_list(TEXT), more=YES_OR_NO),
        "description": "The ids; `more`: of `all`, at most 100 at once.",
    },
    "Person": {
        **an_object(
            leads=a_list(
                {
                    "allOf": [
                        ref("Lead"),
                        an_object(
                            consent={"type": ["object", "null"]},
                            **{"return": {"type": ["object", "null"]}},
                            sent={
                                "type": ["object", "null"],
                                "description": "the body as it came, while that is kept; `base64`"
                                " is null where it names others, or is the same as of `same_as`",
                            },
                        ),
                    ]
                }
            ),
            mentioned=a_list(an_object(lead_id=TEXT, expires_at=MOMENT)),
            more=YES_OR_NO,
            next=_NEXT,
        ),
        "description": "All that is known of a person: their leads, oldest first, as many as one"
        " answer holds; `mentioned`: leads of others, whose bodies as they came name the person.",
    },
    "Forgotten": an_object(
        done={
            "type": "object",
            "additionalProperties": WHOLE,
            "description": "how much was erased, by kind",
        },
        finished={**YES_OR_NO, "description": "false: time ran out; ask again for the rest"},
        next=_NEXT,
    ),
    "Returns": {
        **an_object(returns=a_list(ref("Return")), more=YES_OR_NO),
        "description": "At most 100 returns that wait for somebody to decide, oldest first.",
    },
    "Partner": an_object(
        partner_id=TEXT,
        name=MAYBE_TEXT,
        group=MAYBE_TEXT,
        mode={"enum": ["test", "live", "paused"]},
        buying_now=YES_OR_NO,
        price=AMOUNT,
        prices=a_list(an_object(when=_CONDITIONS, price=AMOUNT)),
        currency=_CURRENCY,
        pings=YES_OR_NO,
        returns=an_object(
            policy={"enum": ["approve", "automatic", "none"]},
            within={**WHOLE, "description": "seconds"},
            reasons=a_list(TEXT),
        ),
        caps=a_list(
            an_object(
                cap=TEXT,
                owner={**TEXT, "examples": ["partner#acme", "group#sellers"]},
                per={"enum": ["hour", "day", "week", "month"]},
                period={**TEXT, "examples": ["2026-11-21"]},
                time_zone=TEXT,
                when=_CONDITIONS,
                counts_now=YES_OR_NO,
                leads=WHOLE,
                most_leads=MAYBE_WHOLE,
                money=AMOUNT,
                most_money=MAYBE_AMOUNT,
                currency=_CURRENCY,
                share={"type": "number", "description": "how much is used; 1 is all"},
                level={"enum": ["near", "reached", None]},
            )
        ),
    ),
}
