"""The core: gathers papers, picks them, composes digests and answers. Knows no platform."""
