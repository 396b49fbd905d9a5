"""Starting the programs as children, restarting one that dies, ending all in order."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from app.orphan import PARENT_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

POLL_S = 0.1
#: Restart delays double from the first to the last of these, seconds.
BACKOFF_MIN_S = 0.25
BACKOFF_MAX_S = 10.0
#: A child that lived this long starts over with the shortest delay, seconds.
SETTLED_S = 20.0
#: Ending with code 1 or 2 sooner than this is a refusal to start, seconds.
REFUSAL_S = 10.0
#: After so many refusals in a row the supervisor gives up.
REFUSALS = 3
#: How long a child may take to end after SIGTERM, seconds.
STOP_S = 8.0
#: A second signal so much later means "at once", seconds.
HURRY_S = 0.5


@dataclass(frozen=True)
class Program:
    """One child: ``python -m app <arguments>``.

    when: asked again and again; the child is first started once it says True.
    stop_order: lower ends earlier.
    """

    name: str
    arguments: Sequence[str]
    stop_order: int
    when: Callable[[], bool] | None = None


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_due: float = 0.0
    delay: float = BACKOFF_MIN_S
    refusals: int = 0
    waiting: bool = True


@dataclass
class Supervisor:
    """Runs programs until SIGINT or SIGTERM, or until one of them refuses to start.

    run_folder: where ``<program>.pid`` files go. environment: of the children.
    on_tick: called ten times a second while they run.
    """

    programs: Sequence[Program]
    run_folder: Path
    environment: Mapping[str, str]
    command: Sequence[str] = (sys.executable, "-m", "app")
    on_tick: Callable[[], object] | None = None
    _children: list[_Child] = field(default_factory=list, init=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _asked_at: float | None = field(default=None, init=False)
    _hurry: bool = field(default=False, init=False)

    def run(self) -> int:
        """Exit code: 0 when asked to end, 1 when a program refused to start."""
        self.run_folder.mkdir(parents=True, exist_ok=True)
        previous = {
            signum: signal.signal(signum, self._on_signal)
            for signum in (signal.SIGINT, signal.SIGTERM)
        }
        self._children = [_Child(program) for program in self.programs]
        try:
            return self._watch()
        finally:
            self._end_all()
            for signum, handler in previous.items():
                signal.signal(signum, handler)

    def stop(self) -> None:
        """End everything soon; may be called from any thread."""
        self._stop.set()

    def _on_signal(self, _signum: int, _frame: object) -> None:
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
        # `timeout` and shells send the same signal twice at once: that is no impatience.
        self._hurry = now - self._asked_at > HURRY_S
        self._stop.set()

    def _watch(self) -> int:
        while not self._stop.is_set():
            for child in self._children:
                self._tend(child)
                if child.refusals >= REFUSALS:
                    log.error(
                        "supervisor: %s refused to start %d times, giving up; its reason is above",
                        child.program.name,
                        child.refusals,
                    )
                    return 1
            if self.on_tick is not None:
                self.on_tick()
            self._stop.wait(POLL_S)
        log.info("supervisor: ending all")
        return 0

    def _tend(self, child: _Child) -> None:
        """Start it when it is due, notice when it ended."""
        if child.process is not None:
            code = child.process.poll()
            if code is not None:
                self._ended(child, code)
        elif child.waiting:
            if child.program.when is None or child.program.when():
                self._start(child)
        elif time.monotonic() >= child.start_due:
            self._start(child)

    def _start(self, child: _Child) -> None:
        name = child.program.name
        child.waiting = False
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(  # noqa: S603 - our own program
            [*self.command, *child.program.arguments],
            env={**self.environment, PARENT_VARIABLE: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Its own group: Ctrl-C reaches us alone, and we end them in order.
            process_group=0,
        )
        (self.run_folder / f"{name}.pid").write_text(f"{child.process.pid}\n", encoding="ascii")
        threading.Thread(
            target=_relay, args=(name, child.process.stdout), name=f"log-{name}", daemon=True
        ).start()

    def _ended(self, child: _Child, code: int) -> None:
        lived = time.monotonic() - child.started_at
        refused = code in (1, 2) and lived < REFUSAL_S
        child.refusals = child.refusals + 1 if refused else 0
        if lived >= SETTLED_S:
            child.delay = BACKOFF_MIN_S
        child.process = None
        child.start_due = time.monotonic() + child.delay
        log.warning(
            "supervisor: %s %s after %.1f s; restarting in %.2g s",
            child.program.name,
            _how(code),
            lived,
            child.delay,
        )
        child.delay = min(child.delay * 2, BACKOFF_MAX_S)

    def _end_all(self) -> None:
        for child in sorted(self._children, key=lambda child: child.program.stop_order):
            if child.process is not None:
                self._end(child.process, child.program.name)
            (self.run_folder / f"{child.program.name}.pid").unlink(missing_ok=True)

    def _end(self, process: subprocess.Popen[bytes], name: str) -> None:
        _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        while process.poll() is None and time.monotonic() < deadline:
            if self._hurry:  # a second Ctrl-C: at once
                break
            time.sleep(0.02)
        if process.poll() is None:
            log.warning("supervisor: %s did not end in time; killed", name)
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], signum: int) -> None:
    """To the child and whatever it started; gone already is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signum)


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _relay(name: str, stream: IO[bytes] | None) -> None:
    """Copy a child's log to ours, each line with its name."""
    if stream is None:
        return
    with stream:
        for line in stream:
            text = line.decode("utf-8", "replace").rstrip("\n")
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write(f"{name:>8} | {text}\n")
                sys.stderr.flush()
