"""A measurement as one HTML file that needs nothing else: figures, pictures, slices, errors."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from nlp.training.pictures import draw_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.training.evaluation import Evaluation
    from nlp.training.faults import Fault

SHOWN = 100
"""Errors shown in the file, at most."""


def render_report(evaluation: Evaluation, faults: Sequence[Fault]) -> str:
    """The HTML text. Raises ExtraError without matplotlib."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pictures = {
        name: b64encode(data).decode("ascii") for name, data in draw_pictures(evaluation, form="svg").items()
    }
    environment = Environment(
        loader=PackageLoader("nlp.training"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("evaluation.html.j2")
    return template.render(evaluation=evaluation, pictures=pictures, faults=faults, shown=SHOWN)
