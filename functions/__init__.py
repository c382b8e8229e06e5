"""What starts each function and what it calls; nothing else."""
