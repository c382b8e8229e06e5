"""What looks wrong in a configuration that is valid: one module per kind of thing looked at.

Each has `findings`: a generator over the configuration. None of it can be wrong about what it calls
impossible; where it cannot tell, it says nothing.
"""
