"""The papers that come with the package: true titles, authors, dates and ids; summaries in our own words."""

from pathlib import Path


def path() -> Path:
    """Where the JSON Lines file with the sample papers lies."""
    return Path(__file__).with_name("papers.jsonl")
