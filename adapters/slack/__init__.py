"""Slack: commands, buttons, modals and App Home in, Block Kit out."""
