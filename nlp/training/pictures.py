"""Pictures of a measurement, drawn by matplotlib (``xiansuo[plots]``): reliability, confusion, labels.

The names in the pictures are those of the JSON. Each picture is drawn in memory, as PNG or SVG, without a
display and without a network.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from nlp.errors import ExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from nlp.training.evaluation import Evaluation, Figure

    Draw = Callable[[Evaluation], Canvas]

INK, SOFT, ACCENT, WARN = "#1c2733", "#8595a4", "#0b5cad", "#b3261e"
DOTS_PER_INCH = 120
BAR_HEIGHT = 0.42
"""Inches of a picture's height for each bar."""
SALT = "xiansuo"
"""What the ids inside an SVG are made from: the same picture is the same file."""


def need_plots() -> None:
    """Raises ExtraError where matplotlib is missing: asked before the measuring, not after it."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ExtraError("pictures need matplotlib: pip install 'xiansuo[plots]'") from error


def draw_pictures(evaluation: Evaluation, *, form: str) -> dict[str, bytes]:
    """Every picture by name; ``form`` is ``png`` or ``svg``. Raises ExtraError without matplotlib."""
    need_plots()
    import matplotlib as mpl

    style: dict[Any, Any] = {
        "svg.hashsalt": SALT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "font.size": 10,
    }
    pictures = {}
    with mpl.rc_context(style):
        for name, draw in DRAWN.items():
            target = BytesIO()
            # without a date, so that the same figures give the same bytes
            metadata = {"Date": None} if form == "svg" else {"Software": None}
            draw(evaluation).savefig(target, format=form, dpi=DOTS_PER_INCH, metadata=metadata)
            pictures[name] = target.getvalue()
    return pictures


def write_pictures(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write every picture as PNG; answers the files."""
    pictures = draw_pictures(evaluation, form="png")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in pictures.items():
        paths.append(folder / f"{name}.png")
        paths[-1].write_bytes(data)
    return paths


def draw_reliability(evaluation: Evaluation) -> Canvas:
    """Share of leads against mean score, a dot for each tenth that has texts, and how many those are."""
    canvas, axes = _canvas(6.4, 4.8)
    means, shares, counts = zip(*evaluation.reliability, strict=True) if evaluation.reliability else ((),) * 3
    axes.plot((0, 1), (0, 1), "--", color=SOFT, linewidth=1, label="perfect")
    axes.plot(means, shares, "o-", color=ACCENT, label="measured")
    for mean, share, count in zip(means, shares, counts, strict=True):
        axes.annotate(str(count), (mean, share), textcoords="offset points", xytext=(6, -12), color=INK)
    error = evaluation.figures["calibration_error"]
    axes.set(
        xlim=(-0.02, 1.02),
        ylim=(-0.04, 1.04),
        xlabel="mean score (texts beside each dot)",
        ylabel="share of leads",
        title=f"reliability: calibration error {error.value:.3f} [{error.low:.3f}, {error.high:.3f}]",
    )
    axes.legend(loc="upper left", frameon=False)
    return canvas


def draw_confusion(evaluation: Evaluation) -> Canvas:
    """Texts of each stance by the stance they got; shaded by share of the row."""
    names, counts = evaluation.confusion.stances, evaluation.confusion.counts
    side = 2.2 + 0.62 * len(names)
    canvas, axes = _canvas(side + 0.6, side)
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]
    if names:
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for y, row in enumerate(counts):
        for x, count in enumerate(row):
            color = WARN if count and (x == 0) != (y == 0) and "promo" in names[:1] else INK
            light = shares[y][x] > 0.6
            axes.text(x, y, str(count or "·"), ha="center", va="center", color="white" if light else color)
    axes.set_xticks(range(len(names)), names, rotation=35, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="verdict (promo: a lead)", ylabel="label", title="confusion of stances")
    axes.spines[:].set_visible(False)
    return canvas


def draw_categories(evaluation: Evaluation) -> Canvas:
    """F1 of each category among leads."""
    return _bars(evaluation.categories, title="F1 by category, 95 % interval", color=ACCENT)


def draw_stances(evaluation: Evaluation) -> Canvas:
    """False positives of each stance of non-leads."""
    return _bars(evaluation.stances, title="false positives by stance, 95 % interval", color=WARN)


def _canvas(width: float, height: float) -> tuple[Canvas, Axes]:
    # not pyplot, which keeps state and looks for a display
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(width, height), layout="constrained")
    return canvas, canvas.add_subplot()


def _bars(figures: Mapping[str, Figure], *, title: str, color: str) -> Canvas:
    canvas, axes = _canvas(6.8, 1.4 + BAR_HEIGHT * max(len(figures), 1))
    for row, (name, figure) in enumerate(figures.items()):
        axes.barh(row, figure.value, color=color, alpha=0.35, height=0.62)
        axes.plot((figure.low, figure.high), (row, row), color=color, linewidth=2)
        axes.plot(figure.value, row, "o", color=color, markersize=5, clip_on=False)
        axes.text(1.02, row, f"{figure.value:.3f}  n={figure.count}", va="center", color=INK)
        axes.text(-0.015, row, name, va="center", ha="right", color=INK)
    axes.set(xlim=(0, 1), ylim=(len(figures) - 0.4, -0.6), title=title, yticks=())
    return canvas


DRAWN: Mapping[str, Draw] = {
    "reliability": draw_reliability,
    "confusion": draw_confusion,
    "categories": draw_categories,
    "stances": draw_stances,
}
"""Pictures by name, in the order they are shown."""
