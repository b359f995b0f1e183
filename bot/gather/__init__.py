"""Papers from their sources into the store: what to poll when, and what to say of it."""
