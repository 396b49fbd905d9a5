"""``/metrics`` for Prometheus: what ingest counted, and how the live picture stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fastapi import APIRouter
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import Response

from app.clock import now_ms
from iot.levels import Level
from iot.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

    from app.services import Services

#: Counters of ingest's heartbeat (``iot.ingest.tally``) -> what they count.
COUNTERS = {
    "messages": "MQTT messages taken in",
    "readings": "Readings taken in",
    "late": "Readings older than the newest of their metric",
    "duplicates": "Readings that were there already",
    "batches": "Transactions of intake",
    "store_failures": "Transactions that the store refused, each tried again",
    "rule_failures": "Steps of a rule that failed",
    "alerts_opened": "Alerts opened",
    "alerts_escalated": "Alerts that rose to a higher level",
    "alerts_eased": "Alerts that fell to a lower level",
    "alerts_cleared": "Alerts that are over",
    "rejections_unsent": "Refusals that could not be told to their gateway",
}
#: ``rejected.{reason}`` and ``rejected_by.{reason}.{gateway}``; no reason has a dot.
REJECTED = "rejected."
REJECTED_BY = "rejected_by."


def router(services: Services) -> APIRouter:
    """The metrics route, with a registry of its own: a global one would be shared by copies."""
    registry = CollectorRegistry()
    registry.register(LiveCollector(services))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    routes = APIRouter(include_in_schema=False)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return routes


class LiveCollector(Collector):
    """Asked when Prometheus asks; counts nothing itself. On the event loop only."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterable[Metric]:
        """Nothing: without it the registry would collect once to find out."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All families."""
        yield from self._intake()
        yield from self._picture()
        yield from self._stream()

    def _intake(self) -> Iterable[Metric]:
        totals = self._services.feed.vitals.totals()
        for name, text in COUNTERS.items():
            yield CounterMetricFamily(f"onemap_{name}", text, value=totals.get(name, 0))
        rejected = CounterMetricFamily(
            "onemap_rejected", "Parts of messages refused", labels=["reason"]
        )
        by_gateway = CounterMetricFamily(
            "onemap_gateway_rejected", "The same by gateway", labels=["reason", "gateway"]
        )
        for name, count in sorted(totals.items()):
            if name.startswith(REJECTED):
                rejected.add_metric([name.removeprefix(REJECTED)], count)
            elif name.startswith(REJECTED_BY):
                by_gateway.add_metric(name.removeprefix(REJECTED_BY).split(".", 1), count)
        yield rejected
        yield by_gateway

    def _picture(self) -> Iterable[Metric]:
        feed = self._services.feed
        levels = Counter(alert.level for alert in feed.picture.alerts.values())
        alerts = GaugeMetricFamily("onemap_alerts_open", "Alerts not cleared", labels=["level"])
        for level in Level:
            if level.label:
                alerts.add_metric([level.label], levels[level.label])
        yield alerts
        presences = Counter(feed.columns.presence.tolist())
        components = GaugeMetricFamily(
            "onemap_components", "Components of the map", labels=["presence"]
        )
        for presence in Presence:
            components.add_metric([presence.label], presences[presence])
        yield components

    def _stream(self) -> Iterable[Metric]:
        feed = self._services.feed
        clients = len(feed.stream.clients)
        yield GaugeMetricFamily("onemap_stream_clients", "Browsers on the stream", value=clients)
        yield CounterMetricFamily(
            "onemap_stream_cut", "Browsers cut because they did not keep up", value=feed.stream.cut
        )
        yield CounterMetricFamily(
            "onemap_live_reads", "Readings of the whole store", value=feed.reads
        )
        if feed.vitals.data_at is not None:
            age = max(0, now_ms() - feed.vitals.data_at) / 1000
            yield GaugeMetricFamily("onemap_live_age_seconds", "Age of the live picture", value=age)
