"""Run folders -> `Run`: one reader per format, columns in NumPy."""
