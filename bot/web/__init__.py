"""The one web server: pages for people, health and metrics for machines, and what adapters mount."""
