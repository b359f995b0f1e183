"""Digests: which papers a channel gets, and why."""
