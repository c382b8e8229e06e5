"""What concurrent routers and partners make of one pool, one rep, one cap: simulated.

dynamo      the table as a model: calls take time, and transactions in flight refuse each other
contention  routers with a backlog, routers as leads come, pools that share reps, posts to one cap
page        the tables in docs/scale.md, from docs/figures/scale.json
"""
