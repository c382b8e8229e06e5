"""Everything around the functions: building them, running them on one machine, the command line."""
