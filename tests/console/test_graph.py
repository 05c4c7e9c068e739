"""The campaign graph as text, drawing and data: what hostile pages wrote stays words."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import msgspec
import networkx
import pytest
from PIL import Image

from console.picture import png, svg
from evidence.campaigns import campaign
from evidence.graph import Graph, graph_of, graphml, laid_out
from evidence.leads import update_leads
from evidence.settings import StoreSettings
from evidence.store.open import open_store
from tests.console.typed import xiansuo
from tests.evidence.grouped import hit_about, named
from tests.evidence.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.hit import Hit

EVIL = 'desk"><script>alert(1)</script>&\x01\ud800'


def hits() -> list[Hit]:
    return [hit_about(1, "desk_a", EVIL), hit_about(2, "desk_a"), hit_about(3, "desk_a", EVIL)]


@pytest.fixture
def graph() -> Graph:
    store = MemoryStore()
    store.put(hits())
    update_leads(store, hits())
    return graph_of(campaign(store, store.saved[named("desk_a")], everywhere_from=60))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_drawing_is_xml_without_anything_that_runs(graph: Graph, lang: str) -> None:
    tree = ElementTree.fromstring(svg(graph, lang))
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags == {"svg", "title", "rect", "line", "circle", "text"}
    assert sum(element.tag.endswith("line") for element in tree.iter()) == 5
    assert any("desk_a" in (element.text or "") for element in tree.iter())


def test_the_picture_is_a_png(graph: Graph) -> None:
    assert Image.open(io.BytesIO(png(graph, "zh"))).size == (960, 680)


def test_graphml_is_read_back(graph: Graph) -> None:
    read = networkx.read_graphml(io.BytesIO(graphml(graph)))
    assert (len(read), read.number_of_edges()) == (len(graph.nodes), len(graph.edges))
    assert {why for _, _, why in read.edges.data("why")} == {"handle"}


def test_the_same_graph_is_laid_out_the_same(graph: Graph) -> None:
    assert laid_out(graph) == laid_out(graph)
    alone = replace(graph, nodes=graph.nodes[:1], edges=())
    assert list(laid_out(alone).values()) == [(0.5, 0.5)]


def test_graph_is_typed(tmp_path: Path) -> None:
    store = open_store(StoreSettings(url=f"sqlite:///{tmp_path}/xiansuo-data/index.sqlite"))
    kept = [hit_about(1, "desk_a", "desk_b"), hit_about(2, "desk_a"), hit_about(3, "desk_a", "desk_b")]
    store.put(kept)
    update_leads(store, kept)
    store.close()
    lead = named("desk_a")[:12]
    told = xiansuo("graph", lead, cwd=tmp_path, XIANSUO_LANG="en").stdout
    assert "3 hits, 2 identifiers" in told
    assert "desk_a" in told
    drawn = json.loads(xiansuo("graph", lead, "--json", cwd=tmp_path).stdout)
    assert msgspec.convert(drawn, Graph).lead == named("desk_a")
    done = xiansuo("graph", lead, "--png", "--out", "g.png", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "g.png").read_bytes()[:4]) == (0, b"\x89PNG")
    assert xiansuo("graph", lead, "--png", cwd=tmp_path).returncode == 2
