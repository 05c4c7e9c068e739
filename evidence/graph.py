"""The campaign graph for other programs: plain records for JSON, GraphML, and places to draw it at."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evidence.campaigns import Tie

if TYPE_CHECKING:
    import networkx

    from evidence.campaigns import Campaign

_UNWRITABLE = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Node:
    """A hit or a subject. ``kind``: ``hit``, or the subject's; ``value``: an address, or the subject."""

    id: str
    kind: str
    value: str
    title: str = ""
    suppressed: bool = False
    sites: int = 0


@dataclass(frozen=True, slots=True)
class Graph:
    """A campaign as nodes and edges. ``left_out``: hits there was no room for."""

    format: Literal["xiansuo-graph/1"]
    lead: str
    nodes: tuple[Node, ...]
    edges: tuple[Tie, ...]
    left_out: int = 0


def graph_of(found: Campaign) -> Graph:
    """The campaign as a graph; addresses and titles of hits, nothing else of them."""
    hits = tuple(
        Node(hit.id, "hit", hit.fetched_url or hit.document.url or hit.ref, hit.document.title)
        for hit in found.hits
    )
    subjects = tuple(
        Node(each.lead_id, each.subject.kind, each.subject.value, each.title, each.suppressed, each.sites)
        for each in found.subjects
    )
    return Graph("xiansuo-graph/1", found.lead_id, (*hits, *subjects), found.ties, found.left_out)


def graphml(graph: Graph) -> bytes:
    """The graph as GraphML, UTF-8. Characters that XML cannot hold become U+FFFD."""
    import networkx

    body = io.BytesIO()
    networkx.write_graphml(_network(graph), body)
    return body.getvalue()


def laid_out(graph: Graph) -> dict[str, tuple[float, float]]:
    """A place for each node, both numbers from 0 to 1; the same graph is always laid out the same."""
    import networkx

    network = _network(graph)
    if len(network) < 2:
        return dict.fromkeys(network, (0.5, 0.5))
    spring = networkx.spring_layout(network, seed=1, iterations=80, method="force")
    low = [min(float(place[axis]) for place in spring.values()) for axis in (0, 1)]
    wide = [max(float(place[axis]) for place in spring.values()) - low[axis] or 1.0 for axis in (0, 1)]
    return {
        name: ((float(place[0]) - low[0]) / wide[0], (float(place[1]) - low[1]) / wide[1])
        for name, place in spring.items()
    }


def _network(graph: Graph) -> networkx.Graph:
    import networkx

    network = networkx.Graph(lead=graph.lead)
    for node in graph.nodes:
        network.add_node(
            node.id,
            kind=node.kind,
            value=_plain(node.value),
            title=_plain(node.title),
            suppressed=node.suppressed,
            sites=node.sites,
        )
    for edge in graph.edges:
        network.add_edge(edge.source, edge.target, why=edge.why, share=edge.share)
    return network


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
