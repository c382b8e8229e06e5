"""What leadwheel does per second, per write unit and per lead, beside what bounds it.

    cost         read and write units of each step in a lead's life, counted from item sizes
    planning     what deciding takes by itself, without a table, and what more reps and rules add
    throughput   a backlog routed, beside the same transactions sent bare and beside a naive router
    latency      from POST to owner, beside a chain of functions that do nothing
    imports      how long each function takes to load, beside boto3 with one client

Every figure is a count, or a ratio of two things measured in the same run on the same machine, so
that it means the same on any machine. `docs/bench.md` explains how to read them.
"""
