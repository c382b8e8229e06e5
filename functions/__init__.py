"""What starts each function and what it calls; nothing else.

While a function loads, nothing that it makes is garbage, and looking for some takes a tenth of the
time: so nobody looks until all is there.
"""

import gc

gc.disable()


def loaded() -> None:
    """All is there, and stays: look for garbage again, but not among that."""
    gc.freeze()
    gc.enable()
