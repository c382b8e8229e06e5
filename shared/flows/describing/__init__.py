"""How each kind of source is described; see `shared.flows.describe_source`."""
