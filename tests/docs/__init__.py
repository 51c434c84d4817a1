"""The documentation: its size, its links, and that it names what exists and nothing else."""
