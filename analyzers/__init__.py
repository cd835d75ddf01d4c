"""Runtime analyzers: one file each, a question asked of a Run."""
