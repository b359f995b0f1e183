"""Papers arrive by themselves: which sources are read, when, and what is done where one fails."""
