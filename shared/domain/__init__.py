"""The pure core: leads, rotation, rules, limits, deadlines, decisions.

Standard library and pydantic only. Nothing here reads a clock, draws a random number or speaks to
AWS: time, ids and chance come in as parameters, and what should happen goes out as values.
"""
