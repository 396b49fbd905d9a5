"""``python -m app`` is ``onemap``: how the supervisor starts its children."""

from __future__ import annotations

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
