"""How the programs write their log: one line an event, to stderr."""

from __future__ import annotations

import logging


def set_up_logging(level: int = logging.INFO) -> None:
    """Configure the root logger of this process."""
    # They tell of every table, migration context and step of starting as if it were news.
    for chatty in ("pyogrio", "alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname).1s %(message)s", datefmt="%H:%M:%S"
    )
