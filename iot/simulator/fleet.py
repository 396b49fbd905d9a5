"""The components that are simulated, and the gateways that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from iot.simulator.noise import seed_of
from iot.simulator.signals import Moment, calm_value, fitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geodata.atlas import Atlas
    from iot.catalogue import Catalogue, ComponentClass
    from iot.readings import Value
    from iot.simulator.incidents import Incident

#: Carries the components whose layer names no gateway.
NAMELESS_GATEWAY = "sim-gateway"


@dataclass(frozen=True)
class SimComponent:
    """One component with what the simulator needs to know of it."""

    code: str
    of: ComponentClass
    gateway: str
    town: str | None
    project: str | None
    seed: int

    def values(self, t: float, incidents: Iterable[Incident] = ()) -> dict[str, Value]:
        """Every metric at epoch second ``t``, with what goes on there; always a valid value."""
        moment = Moment(self.seed, t)
        values: dict[str, Value] = {}
        for metric in self.of.metrics.values():
            value = calm_value(self.of, metric, moment)
            for incident in incidents:
                value = incident.change(self.of.code, metric.name, value, moment)
            values[metric.name] = fitted(metric, value)
        return values


@dataclass(frozen=True)
class Fleet:
    """All simulated components, in code order."""

    components: tuple[SimComponent, ...]

    @classmethod
    def of(cls, atlas: Atlas, catalogue: Catalogue, seed: int) -> Fleet:
        """The atlas's components whose class the catalogue knows and which measure anything."""
        rows = atlas.layers["components"]
        columns = [rows[name] for name in ("code", "class_code", "gateway", "town", "project")]
        found = []
        for code, class_code, gateway, town, project in zip(*columns, strict=True):
            known = catalogue.classes.get(class_code)
            if known is not None and known.metrics:
                found.append(
                    SimComponent(
                        code=code,
                        of=known,
                        gateway=gateway or NAMELESS_GATEWAY,
                        town=town or None,
                        project=project or None,
                        seed=seed_of(code, seed),
                    )
                )
        return cls(tuple(sorted(found, key=lambda each: each.code)))

    @cached_property
    def by_code(self) -> Mapping[str, SimComponent]:
        """Code -> component."""
        return {each.code: each for each in self.components}

    @cached_property
    def gateways(self) -> tuple[str, ...]:
        """Names of the gateways, in order."""
        return tuple(sorted({each.gateway for each in self.components}))
