"""The address bar: links go there and back, and nothing that is typed into it breaks the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.view import At, View, parse_at, parse_query, parse_ref, parse_view
from layers.card import Ref


def test_a_link_brings_the_view_back() -> None:
    view = View(
        lang="en",
        at=At(31.4, 120.64, 13.5),
        selected=Ref("grids", "320507001001001"),
        layers=("grids", "components"),
        theme="light",
    )
    assert parse_view(parse_query(view.query())) == view
    assert parse_view({}) == View()
    assert View().query() == ""


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "1,2",
        "1,2,3,4",
        "a,b,c",
        "nan,120,12",
        "inf,1,1",
        "91,120,12",
        "31,181,12",
        "1,2,",
    ],
)
def test_no_place(text: str | None) -> None:
    assert parse_at(text) is None


def test_zoom_is_kept_in_its_range() -> None:
    assert parse_at("31,120,99") == At(31, 120, 19)
    assert parse_at("31,120,-4") == At(31, 120, 8)


@pytest.mark.parametrize(
    "text", ["grids", "grids:", ":1", "grids:a b", "GRIDS:1", "x:<script>", "a:" + "1" * 65]
)
def test_no_selection(text: str) -> None:
    assert parse_ref(text) is None


def test_layers_empty_means_none_and_absent_means_the_default() -> None:
    assert parse_view({"layers": ""}).layers == ()
    assert parse_view({}).shows("grids", by_default=True)
    assert not parse_view({"layers": "water"}).shows("grids", by_default=True)
    assert parse_view({"layers": "water,water,,../etc,WATER"}).layers == ("water",)


@given(
    st.dictionaries(
        st.sampled_from(["lang", "at", "sel", "layers", "theme", "x"]),
        st.one_of(st.none(), st.text(), st.lists(st.text(), max_size=3), st.integers()),
    )
)
def test_garbage_never_raises(query: dict[str, object]) -> None:
    view = parse_view(query)
    assert view.lang in ("zh", "en")
    assert parse_view(parse_query(view.query())) == view


@given(st.text())
def test_any_search_part_of_an_address_is_read(search: str) -> None:
    parse_view(parse_query(search))
