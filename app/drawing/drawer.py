"""The drawer of what is selected: a feature's card, or the list behind a figure of the strip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from app.drawing.alerts import place_words
from app.drawing.cards import draw_card
from app.drawing.pen import attributes
from app.drawing.readings import draw_values
from iot.presence import Presence
from layers import all_layers
from layers.card import Badge, Card, Item, Items, Ref, T

if TYPE_CHECKING:
    from app.drawing.cards import DrawnCard
    from app.drawing.pen import Pen
    from layers.context import MapContext

#: Not a layer: ``list:offline`` selects the components of that presence.
LIST = "list"
#: As many rows as anybody reads; the card's title has the whole number.
MOST = 200


def card_of(ref: Ref, context: MapContext, pen: Pen) -> Card | None:
    """The card of a feature or list; None when there is no such thing (any more)."""
    if ref.layer == LIST:
        return presence_card(ref.code, context, pen)
    layer, row = all_layers().get(ref.layer), context.atlas.row(ref.layer, ref.code)
    return layer.card(row, context) if layer and row else None


def draw_selected(ref: Ref | None, context: MapContext, pen: Pen) -> DrawnCard | None:
    """The drawer's parts; None closes it. What is not in the atlas is said, not hidden."""
    if ref is None:
        return None
    card = card_of(ref, context, pen)
    if card is None:
        card = missing_card(ref)
    values = draw_values(ref.code, context, pen) if ref.layer == "components" else None
    return draw_card(card, pen, values)


def missing_card(ref: Ref) -> Card:
    """Says that the data have no such thing, in the words of its layer where there is one."""
    layer = all_layers().get(ref.layer)
    said = T("It is not in the present data. The link may be old, or the code mistyped.")
    kind = T(layer.title) if layer else T("What is selected")
    badges = (Badge(T("Not found"), "strong"),)
    return Card(kind, ref.code, "", badges, (Items(T("At a glance"), (), said),))


def presence_card(name: str, context: MapContext, pen: Pen) -> Card | None:
    """The components of one presence, longest in that state first."""
    try:
        presence = Presence[name.upper()]
    except KeyError:
        return None
    frame, picture = context.atlas.layers["components"], context.picture
    codes = [str(code) for code in frame.index if picture.state(str(code)).presence is presence]
    codes.sort(key=lambda code: (picture.state(code).presence_since or 0, code))
    items = tuple(_item(code, context, pen) for code in codes[:MOST])
    title = T("Components: {n}", {"n": len(codes)})
    if len(codes) > MOST:
        title = T("the first {m} of {n} components", {"m": MOST, "n": len(codes)})
    return Card(
        kind=T("Components by presence"),
        title=pen.t.presence(presence.label),
        code="",
        sections=(Items(title, items, T("none here")),),
    )


def _item(code: str, context: MapContext, pen: Pen) -> Item:
    row = context.atlas.layers["components"].loc[code]
    since = context.picture.state(code).presence_since
    moment = pen.t("since {moment}", moment=pen.clock.moment(since)) if since else ""
    parts = [moment, place_words(row, context)]
    detail = " · ".join(part for part in parts if part)
    return Item(str(row["name"] or code), detail, ref=Ref("components", code))


def chart_skeleton() -> list[Any]:
    """What stands in the charts' place until they are there."""
    return [html.Div(className="om-skeleton", **attributes(aria_hidden="true"))]
