"""The pages, and which path shows which.

Not Dash's own ``pages``: that registers an inline script at the first request, which
the Content-Security-Policy, made before, would have to forbid.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, dcc, html

from app.i18n import HTML_LANG, parse_lang, translator
from app.pages import browse
from app.view import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dash import Dash

    from app.services import Services


def register(dash_app: Dash, services: Services) -> None:
    """Give the application its pages: ``/``, and a clear answer for every other path."""
    # Its router is not used (see above); without this it would still add its script.
    dash_app._got_first_request["pages"] = True  # noqa: SLF001 - Dash has no public switch
    # Else every browser opens a WebSocket for callbacks that all go over HTTP.
    dash_app.backend.websocket_capability = False
    page = browse.register(dash_app, services)
    layouts: dict[str, Callable[..., Any]] = {"/": page.layout}
    dash_app.layout = html.Div(
        [dcc.Location(id="om-location", refresh=False), html.Div(id="om-page")]
    )
    setattr(dash_app, "interpolate_index", partial(draw_index, dash_app))  # noqa: B010 - a method

    @dash_app.callback(
        Output("om-page", "children"),
        Input("om-location", "pathname"),
        State("om-location", "search"),
    )
    def show_page(path: str | None, search: str | None) -> Any:
        return draw_path(layouts, path or "/", search or "")


def draw_path(layouts: Mapping[str, Callable[..., Any]], path: str, search: str) -> Any:
    """The page of a path, or the one that says there is none."""
    query = parse_query(search)
    layout = layouts.get(path)
    return layout(**query) if layout else draw_missing(path, query)


def draw_missing(path: str, query: Mapping[str, object]) -> Any:
    """What an unknown path shows."""
    t = translator(parse_lang(query.get("lang")))
    return html.Main(
        [
            html.H1(t("There is no such page")),
            html.P(t("{path} is not an address of this map.", path=path[:80])),
            dcc.Link(t("To the map"), href="/", refresh=True, className="om-button"),
        ],
        className="om-missing om-empty",
        lang=HTML_LANG[t.lang],
    )


def draw_index(dash_app: Dash, **parts: str) -> str:
    """The document around the pages, in the language asked for; Dash hands over the parts."""
    lang = parse_lang(dash_app.backend.request_adapter().args.get("lang"))
    return f"""<!DOCTYPE html>
<html lang="{HTML_LANG[lang]}">
  <head>
    {parts["metas"]}
    <title>{parts["title"]}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
    {parts["css"]}
  </head>
  <body>
    {parts["app_entry"]}
    <footer>
      {parts["config"]}
      {parts["scripts"]}
      {parts["renderer"]}
    </footer>
  </body>
</html>"""
