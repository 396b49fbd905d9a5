"""What can be made to happen, by name."""

from __future__ import annotations

SCENARIOS = ("all", "calm", "rainstorm", "site-night", "bins", "covers", "gateway-loss")
