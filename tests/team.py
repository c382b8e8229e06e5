"""Teams and leads that tests are about."""

from datetime import datetime
from typing import Any

from shared.domain.config import ActiveConfig, Config
from shared.domain.leads import Change, Lead, Step, replay

MANAGER = {"name": "Maria Berg", "email": "maria@example.com"}
ALL_TO_SALES = [{"name": "everything else", "pool": "sales"}]


def config(
    weights: dict[str, Any],
    *,
    limits: dict[str, dict[str, Any]] | None = None,
    more: dict[str, Any] | None = None,
    **pool: Any,
) -> Config:
    """One pool `sales` with these members; `limits` are further settings of the reps."""
    reps = {
        rep: {
            "name": rep.capitalize(),
            "email": f"{rep}@example.com",
            **(limits or {}).get(rep, {}),
        }
        for rep in weights
    }
    whole = {
        "manager": MANAGER,
        "reps": reps,
        "pools": {"sales": {"members": weights, **pool}},
        "rules": ALL_TO_SALES,
        "forms": {"website": {}},
    }
    return Config.model_validate({**whole, **(more or {})})


def active(configuration: Config, version: int = 1) -> ActiveConfig:
    return ActiveConfig(version=version, config=configuration)


def new_lead(lead_id: str, at: datetime, **fields: Any) -> Lead:
    """A lead as it is right after capture."""
    fields = {"name": "Ada Byron", "email": "ada@example.com", **fields}
    return replay(lead_id, "form#website", fields, [Change(Step.CAPTURED, at)])
