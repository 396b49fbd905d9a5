"""``onemap simulate``: gateways that publish what a fleet of components measures."""

from __future__ import annotations

import logging
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iot.simulator.backfill import past_reports
from iot.simulator.gateway import Link, report
from iot.simulator.noise import unit
from iot.simulator.scenarios import SCENARIOS, Plan, history
from iot.simulator.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot.settings import MqttSettings
    from iot.simulator.fleet import Fleet, SimComponent
    from iot.simulator.incidents import Incident

log = logging.getLogger(__name__)

#: More gateways than this share connections.
MAX_LINKS = 64
#: What goes on is looked at so often, seconds.
LOOK_S = 0.5
#: Longest sleep of the main loop, and most turns it catches up after one, seconds.
TICK_S = 0.05
CATCH_UP_S = 1.0
#: A past message is sent only while this many more fit, so that the present goes first.
SPARE_ROOM = 40


@dataclass
class Simulation:
    """A fleet on its links. ``step`` does what is due; ``run`` does so until stopped.

    rate: messages a second over all. backfill_h: hours of the past to publish first.
    """

    fleet: Fleet
    mqtt: MqttSettings
    scenario: str = "all"
    rate: float = 50.0
    seed: int = 1
    backfill_h: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    _links: dict[str, Link] = field(default_factory=dict, init=False)
    _active: list[Incident] = field(default_factory=list, init=False)
    _touched: dict[str, list[Incident]] = field(default_factory=dict, init=False)
    _silent: set[str] = field(default_factory=set, init=False)
    _connected: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._turns = Turns(self._interval)
        self._usual = len(self.fleet.components) / self.rate
        for names in _shared(self.fleet.gateways, MAX_LINKS):
            link = Link(self.mqtt.address, names, self.mqtt.user, self.mqtt.password)
            self._links.update(dict.fromkeys(names, link))

    def run(self) -> None:
        """Connect, then publish until ``stop`` is set."""
        links = list({id(link): link for link in self._links.values()}.values())
        for link in links:
            link.start()
        if not links:
            return
        try:
            self._wait_connected()
            self._publish()
        finally:
            # Side by side: each waits for its last message and its network thread.
            with ThreadPoolExecutor(max_workers=len(links)) as pool:
                list(pool.map(Link.stop, links))

    def _wait_connected(self) -> None:
        while not self.stop.is_set() and not any(link.connected for link in self._links.values()):
            self.stop.wait(TICK_S)

    def _publish(self) -> None:
        now = time.time()
        plan = Plan(self.fleet, SCENARIOS[self.scenario], self.seed, now)
        past = self._past(plan, now) if self.backfill_h > 0 else None
        if past is None:
            for component in self.fleet.components:
                self._enter(component, now)
        self._loop(plan, past, now)

    def _loop(self, plan: Plan, past: Iterator[bool] | None, start: float) -> None:
        sent, began, looked = 0.0, start, 0.0
        while not self.stop.is_set():
            now = time.time()
            if now - looked >= LOOK_S or now < looked:
                looked = now
                self._tell_connected()
                self._look(plan.active(now), now)
            if now - began - sent / self.rate > CATCH_UP_S:
                sent = (now - began - CATCH_UP_S) * self.rate
            while sent < (now - began) * self.rate and not self.stop.is_set():
                sent += 1
                self._turn(now)
            if past is not None and next(past, None) is None:
                log.info("simulate: published the past %g h", self.backfill_h)
                past = None
            elif past is None:
                self.stop.wait(min(TICK_S, 1 / self.rate))

    def _tell_connected(self) -> None:
        """Say once that the broker is there, and once that it is gone."""
        connected = any(link.connected for link in self._links.values())
        if connected != self._connected:
            self._connected = connected
            word = "connected to" if connected else "lost"
            log.info("simulate: %s the broker at %s", word, self.mqtt.address)

    def _turn(self, now: float) -> None:
        """One component reports."""
        code = self._turns.take()
        if code is None:
            return
        component = self.fleet.by_code[code]
        if component.gateway in self._silent:
            return
        values = component.values(now, self._touched.get(code, ()))
        self._links[component.gateway].publish(
            component.gateway, report(code, int(now * 1000), values)
        )

    def _enter(self, component: SimComponent, now: float) -> None:
        """From now on it has its turns, the first within one round."""
        self._turns.put(component.code, now + unit(component.seed, 5) * self._usual)

    def _interval(self, code: str) -> float:
        urgent = [incident.kind.every_s for incident in self._touched.get(code, ())]
        return min([self._usual, *urgent])

    def _look(self, active: list[Incident], now: float) -> None:
        """Take note of what begins and what is over; who is touched reports at once."""
        if active == self._active:
            return
        for incident in active:
            if incident not in self._active:
                log.info("simulate: %s begins (%s)", incident.kind.name, _where(incident))
        changed = {code for each in (*self._active, *active) for code in each.components}
        self._active = active
        self._touched = {}
        for incident in active:
            for code in incident.components:
                self._touched.setdefault(code, []).append(incident)
        for code in changed:
            self._turns.hasten(code, now)
        self._silence({each.gateway for each in active if each.gateway is not None})

    def _silence(self, silent: set[str]) -> None:
        for name in silent - self._silent:
            self._links[name].vanish()
        for name in self._silent - silent:
            if not self._links[name].running:
                self._links[name].start()
        self._silent = silent

    def _past(self, plan: Plan, now: float) -> Iterator[bool]:
        """Publish the past component by component, yielding after every message or wait.

        Who is soon part of an incident comes first: a component's present follows its past.
        """
        past = history(self.fleet, self.seed, now, self.backfill_h)
        soon = {
            code
            for after in range(0, 300, 5)
            for incident in plan.active(now + after)
            for code in incident.components
        }
        for component in sorted(self.fleet.components, key=lambda each: each.code not in soon):
            link = self._links[component.gateway]
            for reports in past_reports(component, now, self.backfill_h, past):
                while link.running and link.room < SPARE_ROOM:
                    self.stop.wait(0.005)
                    yield True
                link.publish(component.gateway, reports)
                yield True
            self._enter(component, time.time())


def run(
    fleet: Fleet,
    mqtt: MqttSettings,
    *,
    scenario: str = "all",
    rate: float = 50.0,
    seed: int = 1,
    backfill_h: float = 0.0,
) -> int:
    """Simulate until SIGTERM or SIGINT."""
    # One line for all connections (``Simulation``) instead of one for each.
    logging.getLogger("iot.mqtt").setLevel(logging.ERROR)
    simulation = Simulation(fleet, mqtt, scenario, rate, seed, backfill_h)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: simulation.stop.set())
    log.info(
        "simulate: %d components on %d gateways, %g messages a second, scenario %s",
        len(fleet.components),
        len(fleet.gateways),
        rate,
        scenario,
    )
    simulation.run()
    return 0


def _shared(names: tuple[str, ...], most: int) -> list[list[str]]:
    """The names dealt out to at most ``most`` groups."""
    return [list(names[start::most]) for start in range(min(most, len(names)))]


def _where(incident: Incident) -> str:
    return incident.gateway or ", ".join(sorted(incident.components))
