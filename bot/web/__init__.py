"""The one web server: health, metrics, and what adapters mount."""
