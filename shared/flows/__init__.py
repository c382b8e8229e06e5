"""The use cases: what each function does, in domain words over the store.

A flow gets the time, ids and randomness from its caller, reads, lets the domain decide, and writes
under conditions. Functions and the command line call flows; flows never call functions.
"""
