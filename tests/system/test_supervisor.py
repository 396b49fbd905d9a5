"""The supervisor with small programs of its own: restarts, order, no orphans, giving up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.system

#: A supervised program: says that it lives, says when it is asked to end.
CHILD = """
import signal, sys, threading
from app.orphan import die_with_parent
die_with_parent()
name = sys.argv[1]
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
print(name, "lives", flush=True)
if name.startswith("refuser"):
    print("no such setting", flush=True)
    sys.exit(2)
if name.startswith("parent"):
    import subprocess
    print("grandchild", subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)
    sys.stdout.flush()
ended.wait()
print(name, "ends", flush=True)
"""

SUPERVISOR = """
import logging, os, sys
from pathlib import Path
from app.supervisor import Program, Supervisor
logging.basicConfig(level=logging.INFO, format="%(message)s")
child, run_folder, *names = sys.argv[1:]
programs = [Program(name, [name], stop_order=-order) for order, name in enumerate(names)]
sys.exit(Supervisor(programs, Path(run_folder), os.environ, (sys.executable, child)).run())
"""


@dataclass
class Running:
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def pid(self, name: str) -> int | None:
        try:
            return int((self.folder / "run" / f"{name}.pid").read_text())
        except (OSError, ValueError):
            return None


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*names: str) -> Running:
        for file, text in (("child.py", CHILD), ("supervisor.py", SUPERVISOR)):
            (tmp_path / file).write_text(textwrap.dedent(text))
        command = [sys.executable, str(tmp_path / "supervisor.py"), str(tmp_path / "child.py")]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, str(tmp_path / "run"), *names],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            )
        started.append(Running(tmp_path, process))
        return started[-1]

    yield start
    for each in started:
        children = psutil.Process(each.process.pid).children() if _alive(each.process.pid) else []
        each.process.kill()
        each.process.wait()
        for child in children:
            child.kill()


def eventually(check: Callable[[], object], what: str, timeout: float = 15) -> None:
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(0.05)


def _alive(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def lives(running: Running, *names: str) -> None:
    for name in names:
        eventually(lambda name=name: f"{name} lives" in running.log, f"{name} lives")  # type: ignore[misc]


def test_a_killed_child_is_restarted_and_the_log_says_so(
    supervise: Callable[..., Running],
) -> None:
    running = supervise("one", "two")
    lives(running, "one", "two")
    before, other = running.pid("one"), running.pid("two")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    eventually(lambda: running.pid("one") not in (before, None), "a new process")
    eventually(lambda: running.log.count("one lives") == 2, "it lives again")
    assert "supervisor: one was killed by SIGKILL" in running.log
    assert running.pid("two") == other


def test_all_end_in_order_and_nothing_is_left(supervise: Callable[..., Running]) -> None:
    running = supervise("last", "middle", "first")
    lives(running, "last", "middle", "first")
    pids = [running.pid(name) for name in ("last", "middle", "first")]
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(15) == 0
    ends = [line.split()[-2] for line in running.log.splitlines() if line.endswith(" ends")]
    assert ends == ["first", "middle", "last"]
    assert not any(_alive(pid) for pid in pids)
    assert list((running.folder / "run").iterdir()) == []


def test_the_same_signal_twice_at_once_is_no_hurry(supervise: Callable[..., Running]) -> None:
    """As `timeout` sends it: to the process, and to its group."""
    running = supervise("one", "two")
    lives(running, "one", "two")
    running.process.terminate()
    running.process.terminate()
    assert running.process.wait(15) == 0
    assert running.log.count(" ends\n") == 2
    assert "killed" not in running.log


def test_a_killed_supervisor_leaves_no_orphan(supervise: Callable[..., Running]) -> None:
    running = supervise("one", "two")
    lives(running, "one", "two")
    pids = [running.pid("one"), running.pid("two")]
    running.process.kill()
    running.process.wait()
    eventually(lambda: not any(_alive(pid) for pid in pids), "the children end")


def test_what_a_child_started_ends_with_it(supervise: Callable[..., Running]) -> None:
    running = supervise("parent")
    eventually(lambda: "grandchild" in running.log, "a grandchild")
    line = next(line for line in running.log.splitlines() if "grandchild" in line)
    grandchild = int(line.split()[-1])
    assert _alive(grandchild)
    running.process.terminate()
    assert running.process.wait(15) == 0
    eventually(lambda: not _alive(grandchild), "the grandchild ends")


def test_a_child_that_refuses_to_start_ends_all_with_its_reason(
    supervise: Callable[..., Running],
) -> None:
    running = supervise("one", "refuser")
    assert running.process.wait(20) == 1
    assert running.log.count(" refuser | no such setting") == 3
    assert "refuser refused to start 3 times" in running.log
    assert running.log.count("one ends") == 1


def test_children_have_a_group_of_their_own(supervise: Callable[..., Running]) -> None:
    running = supervise("one")
    lives(running, "one")
    pid = running.pid("one")
    assert pid is not None
    assert os.getpgid(pid) == pid != os.getpgid(running.process.pid)
