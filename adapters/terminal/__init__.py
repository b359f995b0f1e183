"""Paper Round in a terminal: for one person, a demonstration, or a pipe."""
