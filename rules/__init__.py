"""Static rules: one file each, a question asked of a Program."""
