"""The platforms: one folder each, and none knows another."""
