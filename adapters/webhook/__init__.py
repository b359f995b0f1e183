"""Webhooks: digests as signed JSON to a web address."""
