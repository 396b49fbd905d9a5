"""A supervised program ends with its supervisor, however that one ended."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

#: The supervisor puts its process id there for its children.
PARENT_VARIABLE = "ONEMAP_SUPERVISOR"
#: ``PR_SET_PDEATHSIG`` of ``linux/prctl.h``; it outlives exec, so Mosquitto keeps it.
PR_SET_PDEATHSIG = 1
POLL_S = 1.0
GRACE_S = 10.0


def die_with_parent() -> None:
    """End in good order when the supervisor is gone; does nothing in a program started by hand."""
    parent = os.environ.pop(PARENT_VARIABLE, None)
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # It may have died before the line above.
    if os.getppid() != int(parent):
        sys.exit(1)
    threading.Thread(target=_watch, args=(int(parent),), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    """For systems without the signal, and for a program that does not heed it."""
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
