"""The small pieces that every drawing is made of: things to click, badges, times, empty states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash import html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.ages import Clock
    from app.i18n import Translator
    from layers.card import Badge, Ref, Text

#: Anything that Dash accepts as children. Dash itself gives no closer type.
Children = Any


@dataclass(frozen=True)
class Pen:
    """Draws in one language, at one moment.

    Clicks are told by ``data-om-…`` attributes and taken in ``assets/`` for the whole
    page at once: lists are redrawn every second, and a callback for each of their
    buttons would ask the server each time.
    """

    clock: Clock

    @property
    def t(self) -> Translator:
        """The language."""
        return self.clock.t

    def text(self, text: Text | None) -> str:
        """A text of a card in the language of the page."""
        return self.t.text(text)

    def opens(self, children: Children, ref: Ref | None, class_name: str = "") -> Any:
        """Something that opens a feature and goes there when clicked; plain when there is none."""
        if ref is None:
            return html.Div(children, className=class_name)
        return self.button(children, f"{class_name} om-ref".strip(), goto=ref)

    def button(
        self,
        children: Children,
        class_name: str,
        *,
        goto: Ref | None = None,
        look: Ref | None = None,
        label: str | None = None,
        **data: str,
    ) -> html.Button:
        """A button; ``goto`` opens a feature and flies there, ``look`` only opens it.

        data: other ``data-om-…`` attributes by their last part.
        """
        told = {f"data_om_{name}": value for name, value in data.items()}
        if goto is not None:
            told["data_om_goto"] = address(goto)
        if look is not None:
            told["data_om_open"] = address(look)
        if label is not None:
            told["aria_label"] = label
        return html.Button(children, className=class_name, type="button", **attributes(**told))

    def badge(self, badge: Badge) -> html.Span:
        """A short word with a tone; the style sheet puts a level's shape before it."""
        return html.Span(self.text(badge.text), className=f"om-badge om-badge--{badge.tone}")

    def badges(self, badges: Sequence[Badge]) -> html.Span | None:
        """Several badges in a row, or None."""
        if not badges:
            return None
        return html.Span([self.badge(badge) for badge in badges], className="om-item-badges")

    def span_since(self, ms: int) -> html.Span:
        """How long ago a moment (epoch ms UTC) was; the browser counts on, nothing is redrawn."""
        return html.Span(**attributes(data_om_since=str(ms)))

    def title(self, text: Text | None) -> html.H3 | None:
        """The heading of a section, or None."""
        return None if text is None else html.H3(self.text(text), className="om-section-title")

    def empty(self, text: Text) -> html.P:
        """Why there is nothing here."""
        return html.P(self.text(text), className="om-empty")


def attributes(**words: str) -> dict[str, Any]:
    """HTML's dashed attributes: ``aria_label="…"`` becomes ``{"aria-label": "…"}``."""
    return {name.replace("_", "-"): word for name, word in words.items()}


def address(ref: Ref) -> str:
    """A reference as the address bar and the ``data-om-…`` attributes write it."""
    return f"{ref.layer}:{ref.code}"


def some(*children: Any) -> list[Any]:
    """The children that are there."""
    return [child for child in children if child is not None]
