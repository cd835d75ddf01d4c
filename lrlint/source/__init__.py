"""Python source -> `Program`: everything that knows syntax lives here."""
