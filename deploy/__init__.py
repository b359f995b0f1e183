"""Setting up and showing Paper Round; not part of the package."""
