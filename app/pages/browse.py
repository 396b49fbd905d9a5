"""The browse page (``/``): one map, what is wrong on it, and who answers for it.

The layout is drawn for one view (language, place, selection, layers, theme). Callbacks
only fetch what pure functions of ``app.drawing`` need; those are tested without a browser.
Callbacks that read the picture stay on the event loop, which owns it; what asks the
database or scans all names goes to a thread.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dash import ALL, MATCH, ClientsideFunction, Input, Output, State, no_update

from app.ages import Clock
from app.api.alerts import WHO
from app.clock import now_ms
from app.drawing.alerts import draw_alerts, draw_filter
from app.drawing.crumbs import draw_crumbs
from app.drawing.drawer import draw_selected
from app.drawing.found import draw_found
from app.drawing.frame import drawer_class
from app.drawing.map import flight, wanted_url
from app.drawing.page import draw_page, drawer_parts
from app.drawing.pen import Pen
from app.drawing.projects import count_troubled, draw_projects
from app.i18n import Lang, parse_lang, translator
from app.pages.history import draw_history
from app.pages.kept import Drawn, Kept
from app.search import Finder
from app.view import parse_view
from layers import all_layers
from layers.card import Ref

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dash import Dash

    from app.drawing.cards import DrawnCard
    from app.services import Services
    from layers.context import MapContext

#: Key work moves by days; it is looked at again this often at most, seconds.
PROJECTS_HOLD_S = 5.0


class BrowsePage:
    """The page over the running application's parts."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.finder = Finder()
        self._alerts = Kept()
        self._projects = Kept(PROJECTS_HOLD_S)

    def layout(self, **query: object) -> Any:
        """The page for what the address bar says."""
        view = parse_view(query)
        return draw_page(view, self.services, self.context(view.lang))

    def context(self, lang: Lang) -> MapContext:
        """What cards may look at, in a language."""
        return self.services.context(lang)

    def pen(self, lang: Lang) -> Pen:
        """A pen at this moment."""
        return Pen(Clock.at_now(translator(lang), self.services.settings.timezone))

    @property
    def stale(self) -> bool:
        """Whether the picture stands still."""
        return self.services.feed.vitals.staleness(now_ms()) is not None

    def selected(self, data: Any, lang: Lang) -> tuple[DrawnCard | None, Ref | None]:
        """The card of what a store holds."""
        ref = ref_of(data)
        return draw_selected(ref, self.context(lang), self.pen(lang)), ref

    def alerts(self, levels: tuple[str, ...], lang: Lang) -> Drawn:
        """The filter and the list of alerts."""
        context, stale = self.context(lang), self.stale
        source = (self._source(context), stale)

        def draw() -> Drawn:
            pen = self.pen(lang)
            return Drawn.of(draw_filter(levels, pen), draw_alerts(context, pen, levels, stale))

        return self._alerts.get((lang, levels), source, draw)

    def projects(self, lang: Lang) -> Drawn:
        """Key work, and how many of it need somebody."""
        context = self.context(lang)

        def draw() -> Drawn:
            pen = self.pen(lang)
            count = pen.t.number(count_troubled(context))
            return Drawn.of(draw_projects(context, pen), count)

        return self._projects.get(lang, self._source(context), draw)

    @staticmethod
    def _source(context: MapContext) -> Hashable:
        """What lists are drawn from: areas and places, today, and every open alert as it is now."""
        alerts = frozenset((each.id, each.revision) for each in context.picture.alerts.values())
        return context.atlas.version, context.now.date(), alerts

    async def acknowledge(self, data: Any) -> None:
        """Acknowledge the alert that a store names, and tell every program."""
        alert_id = data.get("alert") if isinstance(data, dict) else None
        if not isinstance(alert_id, int):
            return
        ledger = self.services.ledger
        alert = await asyncio.to_thread(ledger.acknowledge, alert_id, WHO, now_ms())
        if alert is not None:
            self.services.feed.announce(alert)


def ref_of(data: Any) -> Ref | None:
    """What a store holds as a reference; None for nothing or anything unreadable."""
    if not isinstance(data, dict) or not data.get("layer") or not data.get("code"):
        return None
    return Ref(str(data["layer"]), str(data["code"]))


def register(dash_app: Dash, services: Services) -> BrowsePage:
    """Add the page's callbacks to the application; returns the page, whose layout is its own."""
    page = BrowsePage(services)
    _register_drawer(dash_app, page)
    _register_lists(dash_app, page)
    _register_map(dash_app, page)
    _register_browser_side(dash_app)
    return page


def _register_drawer(dash_app: Dash, page: BrowsePage) -> None:
    @dash_app.callback(
        Output("om-drawer", "className"),
        Output("om-card-head", "children"),
        Output("om-card-upper", "children"),
        Output("om-card-charts", "children"),
        Output("om-card-lower", "children"),
        Output("om-chart-of", "data"),
        Output("om-crumbs", "children"),
        Input("om-selected", "data"),
        State("om-page-lang", "data"),
        prevent_initial_call=True,
    )
    def open_drawer(data: Any, lang: str) -> tuple[Any, ...]:
        card, ref = page.selected(data, parse_lang(lang))
        parts = drawer_parts(card)
        drawn = [parts.get(part) for part in ("head", "upper", "charts", "lower")]
        crumbs = draw_crumbs(page.services.atlas, ref, page.pen(parse_lang(lang)))
        return drawer_class(card is not None), *drawn, card.charts if card else None, crumbs

    @dash_app.callback(
        Output("om-card-head", "children", allow_duplicate=True),
        Output("om-card-upper", "children", allow_duplicate=True),
        Output("om-card-lower", "children", allow_duplicate=True),
        Output("om-drawn-card", "data"),
        Input("om-pulse", "data"),
        State("om-selected", "data"),
        State("om-page-lang", "data"),
        State("om-drawn-card", "data"),
        prevent_initial_call=True,
    )
    def redraw_card(_pulse: Any, data: Any, lang: str, known: Any) -> tuple[Any, ...]:
        card, _ref = page.selected(data, parse_lang(lang))
        parts = (card.head, card.upper, card.lower) if card else (None, None, None)
        return Drawn.of(*parts).unless(known)

    @dash_app.callback(
        Output("om-card-charts", "children", allow_duplicate=True),
        Input("om-chart-of", "data"),
        Input("om-tick", "n_intervals"),
        Input("om-theme", "data"),
        State("om-page-lang", "data"),
        prevent_initial_call="initial_duplicate",
    )
    async def load_charts(component: Any, _tick: Any, theme: str, lang: str) -> list[Any]:
        if not component:
            return []
        context, clock = page.context(parse_lang(lang)), page.pen(parse_lang(lang)).clock
        return await draw_history(str(component), context, clock, page.services.ledger, theme)


def _register_lists(dash_app: Dash, page: BrowsePage) -> None:
    @dash_app.callback(
        Output("om-filter", "children"),
        Output("om-alerts", "children"),
        Output("om-drawn-alerts", "data"),
        Input("om-pulse", "data"),
        Input("om-levels", "data"),
        Input("om-tick", "n_intervals"),
        State("om-page-lang", "data"),
        State("om-drawn-alerts", "data"),
    )
    def redraw_alerts(
        _pulse: Any, levels: Any, _tick: Any, lang: str, known: Any
    ) -> tuple[Any, ...]:
        return page.alerts(tuple(map(str, levels or ())), parse_lang(lang)).unless(known)

    @dash_app.callback(
        Output("om-projects", "children"),
        Output("om-troubled", "children"),
        Output("om-drawn-projects", "data"),
        Input("om-pulse", "data"),
        Input("om-tick", "n_intervals"),
        State("om-page-lang", "data"),
        State("om-drawn-projects", "data"),
        prevent_initial_call=True,
    )
    def redraw_projects(_pulse: Any, _tick: Any, lang: str, known: Any) -> tuple[Any, ...]:
        return page.projects(parse_lang(lang)).unless(known)

    @dash_app.callback(
        Output("om-void", "data"), Input("om-ack", "data"), prevent_initial_call=True
    )
    async def acknowledge(data: Any) -> Any:
        await page.acknowledge(data)
        return no_update

    @dash_app.callback(
        Output("om-found", "children"),
        Input("om-search", "value"),
        State("om-page-lang", "data"),
        prevent_initial_call=True,
    )
    async def search(text: Any, lang: str) -> list[Any]:
        layers, text = all_layers(), str(text or "")
        found = await asyncio.to_thread(
            page.finder.find, page.services.atlas, list(layers.values()), text
        )
        return draw_found(found, text, layers, page.pen(parse_lang(lang)))


def _register_map(dash_app: Dash, page: BrowsePage) -> None:
    @dash_app.callback(
        Output({"type": "om-geojson", "layer": MATCH}, "url"),
        Input({"type": "om-switch", "layer": MATCH}, "checked"),
        Input("om-zoom", "data"),
        Input("om-atlas", "data"),
        State({"type": "om-geojson", "layer": MATCH}, "url"),
        State({"type": "om-geojson", "layer": MATCH}, "id"),
        prevent_initial_call=True,
    )
    def redraw_layer(on: bool, zoom: Any, _atlas: Any, drawn: Any, ident: dict[str, str]) -> Any:
        if zoom is None:
            return no_update
        layer = all_layers()[ident["layer"]]
        url = wanted_url(layer, on, zoom, page.services.atlas.version)
        return no_update if url in (None, drawn) else url

    @dash_app.callback(
        Output({"type": "om-count", "layer": ALL}, "children"),
        Input("om-atlas", "data"),
        State({"type": "om-count", "layer": ALL}, "id"),
        State("om-page-lang", "data"),
        prevent_initial_call=True,
    )
    def count_again(_atlas: Any, idents: list[dict[str, str]], lang: str) -> list[str]:
        t, layers = translator(parse_lang(lang)), page.services.atlas.layers
        return [t.number(len(layers[ident["layer"]])) for ident in idents]

    @dash_app.callback(
        Output("om-flight", "data"), Input("om-fly", "data"), prevent_initial_call=True
    )
    def plan_flight(data: Any) -> Any:
        ref = ref_of(data)
        return flight(page.services.atlas, ref) if ref else no_update


def _register_browser_side(dash_app: Dash) -> None:
    """Callbacks that need no server; the functions are in ``assets/page_actions.js``."""

    def wire(function: str, *arguments: Any, initial: bool = False) -> None:
        dash_app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash leaves it so
            ClientsideFunction("onemapPage", function),
            *arguments,
            prevent_initial_call="initial_duplicate" if initial else True,
        )

    void = Output("om-void", "data", allow_duplicate=True)
    wire("fly", void, Input("om-flight", "data"))
    wire("layers", void, Input({"type": "om-switch", "layer": ALL}, "checked"), initial=True)
    wire("opacity", void, Input({"type": "om-opacity", "layer": ALL}, "value"), initial=True)
