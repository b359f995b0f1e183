"""The running service: gather, compose, deliver, and every adapter, in one event loop."""
