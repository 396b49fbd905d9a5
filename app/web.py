"""``onemap web``: the composition root. Here parts are made and wired; nothing is decided."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from dash import Dash
from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app import pages
from app.api import alerts, catalogue, components, errors, features, health, live, mapdata, metrics
from app.atlas_watch import open_warm, watch_atlas
from app.headers import Headers, content_security_policy
from app.live.feed import LiveFeed
from app.services import Services
from iot.broker.errors import PortTakenError
from iot.catalogue import Catalogue
from iot.ledger import Ledger
from store.engine import open_engine
from store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.settings import Settings

log = logging.getLogger(__name__)

#: Connections are given this long to end when the program does, seconds.
FAREWELL_S = 3
#: Names under which a browser on this machine may ask. Anything else in ``Host`` is
#: another site's name that was made to point here (DNS rebinding).
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")

API = (features, mapdata, components, alerts, catalogue, live, health, metrics)


def build(settings: Settings) -> FastAPI:
    """The whole application, ready to be served.

    Raises:
        GeodataError: the GeoPackage is missing, locked or damaged.
        StoreError: the database cannot be opened.
        CatalogueError: the site's catalogue is wrong.
    """
    return assemble(open_services(settings))


def open_services(settings: Settings) -> Services:
    """Everything that pages and endpoints are given. Raises as ``build``."""
    classes = Catalogue.read(settings.intake.catalogue)
    atlas = open_warm(settings.geopackage)
    engine = open_engine(settings.store_url)
    migrate(engine)
    ledger = Ledger(engine)
    feed = LiveFeed(settings.mqtt, ledger, atlas, classes)
    return Services(settings, classes, ledger, feed, atlas)


def assemble(services: Services) -> FastAPI:
    """Routes, pages and middleware around these parts."""
    app = FastAPI(
        title=services.settings.web.title,
        version=version("onemap"),
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page would load scripts from another host
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.services = services
    for module in API:
        app.include_router(module.router(services))
    app.add_api_route("/api/{rest:path}", errors.no_such_route, include_in_schema=False)
    errors.install(app)
    dash_app = _pages(app, services)
    # The last one added is the first to see a request.
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1_024,
        compresslevel=5,
        # The snapshot is numbers: packing it takes longer than sending it.
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
    )
    app.add_middleware(Headers, policy=content_security_policy(dash_app.csp_hashes()))
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_hosts(services.settings))
    return app


def run(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C; returns the exit code.

    Raises:
        PortTakenError: another program listens on the port; and all that ``build`` raises.
    """
    listening = listen(settings.web.host, settings.web.port)
    try:
        server = make_server(build(settings))
        _spare_the_collector()
        log.info("web: http://%s:%d", settings.web.host, settings.web.port)
        server.run(sockets=[listening])
    finally:
        listening.close()
    return 0


def _spare_the_collector() -> None:
    """What was loaded stays: to look through a hundred thousand components for cycles again and
    again would hold up the stream for a quarter of a second each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def make_server(app: FastAPI) -> uvicorn.Server:
    """uvicorn around what ``build`` made; one process."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=FAREWELL_S,
    )
    return _Server(config, app.state.services)


def listen(host: str, port: int) -> socket.socket:
    """Listen before anything is built, so that a taken port is told at once.

    Raises:
        PortTakenError: names the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2_048)
    except OSError as error:
        listening.close()
        raise PortTakenError(
            f"web: port {port} on {host} is taken by another program; "
            "stop that program or choose another port"
        ) from error
    return listening


def assets_folder() -> Path:
    """The browser's files: ``app/assets`` in an installed package, ``assets`` in the sources."""
    package = Path(__file__).resolve().parent
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


class _Server(uvicorn.Server):
    """Ends the live streams first: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._services.feed.stream.close()
        await super().shutdown(sockets)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    # Put together and kept now (the pages' routes are there), not while the stream waits for it.
    app.openapi()
    await services.feed.start()
    watch = asyncio.create_task(watch_atlas(services), name="atlas-watch")
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await services.feed.stop()
        services.ledger.engine.dispose()


def _pages(app: FastAPI, services: Services) -> Any:
    dash_app = Dash(
        "onemap",
        server=app,  # type: ignore[arg-type]  # Dash types its Flask only
        assets_folder=str(assets_folder()),
        # Dash's own pages would add an inline script after the policy was made.
        use_pages=False,
        serve_locally=True,
        title=services.settings.web.title,
        update_title="",
        suppress_callback_exceptions=True,
    )
    pages.register(dash_app, services)
    return dash_app


def _hosts(settings: Settings) -> list[str]:
    own = settings.web.host
    return [*LOOPBACK_HOSTS, f"[{own}]" if ":" in own else own]
