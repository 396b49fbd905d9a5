"""Reading a drawn component tree, as a browser would show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash.development.base_component import Component

if TYPE_CHECKING:
    from collections.abc import Iterator


def nodes(tree: Any) -> Iterator[Component]:
    """Every component of a tree, outermost first."""
    if isinstance(tree, list | tuple):
        for each in tree:
            yield from nodes(each)
    elif isinstance(tree, Component):
        yield tree
        yield from nodes(getattr(tree, "children", None))


def texts(tree: Any) -> list[str]:
    """Every text child, in reading order."""
    if isinstance(tree, list | tuple):
        return [text for each in tree for text in texts(each)]
    if isinstance(tree, Component):
        return texts(getattr(tree, "children", None))
    return [] if tree is None else [str(tree)]


def text(tree: Any) -> str:
    """All of them, joined."""
    return "".join(texts(tree))


def of_class(tree: Any, name: str) -> list[Component]:
    """The components that carry this CSS class."""
    return [node for node in nodes(tree) if name in str(getattr(node, "className", "")).split()]


def told(tree: Any, attribute: str) -> list[str]:
    """The values of one ``data-om-…`` attribute, in reading order."""
    return [str(value) for node in nodes(tree) if (value := getattr(node, attribute, None))]
