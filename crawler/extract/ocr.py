"""Reads the text of pictures with rapidocr, behind a gate: recognition costs up to a second a picture.

The gate turns away pictures too small for text and pictures with nothing drawn in them. A picture seen
before, also re-encoded or resized, is answered from a cache of thumbnails: two pictures are the same when no
cell of a 96 × 96 thumbnail differs by more than a few grey levels, which noise does not reach and one other
character does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crawler.extract.lines import paragraphs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from crawler.extract.images import Box

SMALLEST_SIDE = 24
SMALLEST_AREA = 4_000
LEAST_ENTROPY = 0.002
"""Bits a pixel of the grey histogram: a blank picture lies below, one short line on a large ground above."""

LEAST_EDGES = 80
"""Neighbouring pixels that differ clearly, in rows and in columns: with fewer there are no strokes of
text.
"""

_CLEAR_STEP = 40
_THUMB = 96
_SAME = 7
_REMEMBERED = 512
_TILE_RATIO = 2
_TILE_OVERLAP = 80
_MOST_TILES = 12


def read_text(picture: Image) -> list[tuple[str, Box]]:
    """Paragraphs of text and their pixel boxes; empty for a picture that does not pass the gate."""
    return _reader().read(picture) if passes_gate(picture) else []


def passes_gate(picture: Image) -> bool:
    """Whether a picture could hold legible text at all."""
    import numpy as np

    width, height = picture.size
    if min(width, height) < SMALLEST_SIDE or width * height < SMALLEST_AREA:
        return False
    grey = picture.convert("L")
    if grey.entropy() < LEAST_ENTROPY:
        return False
    pixels = np.asarray(grey, dtype=np.int16)
    return all(
        int((np.abs(np.diff(pixels, axis=axis)) > _CLEAR_STEP).sum()) >= LEAST_EDGES for axis in (0, 1)
    )


@lru_cache(maxsize=1)
def _reader() -> TextReader:
    return TextReader()


class TextReader:
    """A recognition engine and the pictures it has read lately. One to a process: the engine holds 150 MB."""

    def __init__(self) -> None:
        import numpy as np

        self.calls = 0
        self._engine: Any = None
        self._thumbs = np.zeros((_REMEMBERED, _THUMB, _THUMB), dtype=np.int16)
        self._known: list[tuple[tuple[int, int], list[tuple[str, Box]]]] = []
        self._next = 0

    def read(self, picture: Image) -> list[tuple[str, Box]]:
        """Paragraphs and boxes, from the cache where the picture is known."""
        thumb = self._thumb(picture)
        known = self._find(thumb, picture.size)
        if known is None:
            known = picture.size, self._recognise(picture)
            self._remember(thumb, known)
        size, found = known
        across, down = picture.width / size[0], picture.height / size[1]
        return [(text, _scaled(box, across, down)) for text, box in found]

    def _thumb(self, picture: Image) -> NDArray[np.int16]:
        import numpy as np
        from PIL import Image

        small = picture.convert("L").resize((_THUMB, _THUMB), Image.Resampling.HAMMING)
        return np.asarray(small, dtype=np.int16)

    def _find(
        self, thumb: NDArray[np.int16], size: tuple[int, int]
    ) -> tuple[tuple[int, int], list[tuple[str, Box]]] | None:
        import numpy as np

        count = len(self._known)
        distances = np.abs(self._thumbs[:count] - thumb).max(axis=(1, 2)) if count else ()
        for index, distance in enumerate(distances):
            known = self._known[index]
            alike = abs(known[0][0] * size[1] - known[0][1] * size[0]) <= 0.02 * known[0][1] * size[0]
            if distance <= _SAME and alike and size[0] <= 1.5 * known[0][0]:
                return known
        return None

    def _remember(
        self, thumb: NDArray[np.int16], known: tuple[tuple[int, int], list[tuple[str, Box]]]
    ) -> None:
        self._thumbs[self._next] = thumb
        self._known[self._next : self._next + 1] = [known]
        self._next = (self._next + 1) % _REMEMBERED

    def _recognise(self, picture: Image) -> list[tuple[str, Box]]:
        """Lines of all tiles, joined to paragraphs. Long posters are cut, for the engine shrinks long
        sides.
        """
        lines: list[tuple[str, Box]] = []
        for top, bottom in tiles(*picture.size):
            found = self._lines(picture.crop((0, top, picture.width, bottom)))
            moved = [(text, (x, y + top, w, h)) for text, (x, y, w, h) in found]
            lines += [line for line in moved if not any(_same_line(line, other) for other in lines)]
        return paragraphs(lines)

    def _lines(self, picture: Image) -> list[tuple[str, Box]]:
        import numpy as np

        if self._engine is None:
            self._engine = _load_engine()
        self.calls += 1
        answer = self._engine(np.asarray(picture)[:, :, ::-1])
        if answer.boxes is None or answer.txts is None:
            return []
        pairs = zip(answer.boxes, answer.txts, strict=True)
        return [(text, _bounds(corners)) for corners, text in pairs if text.strip()]


def tiles(width: int, height: int) -> list[tuple[int, int]]:
    """Top and bottom of the overlapping pieces that a long picture is read in."""
    tall = max(width * _TILE_RATIO, 1_200, height // _MOST_TILES + _TILE_OVERLAP)
    if height <= tall * 1.2:
        return [(0, height)]
    step = tall - _TILE_OVERLAP
    return [(top, min(top + tall, height)) for top in range(0, height - _TILE_OVERLAP, step)]


def _load_engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "error"})


def _bounds(corners: Any) -> Box:
    xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    left, top = max(0, round(min(xs))), max(0, round(min(ys)))
    return left, top, round(max(xs)) - left, round(max(ys)) - top


def _scaled(box: Box, across: float, down: float) -> Box:
    x, y, w, h = box
    return round(x * across), round(y * down), round(w * across), round(h * down)


def _same_line(line: tuple[str, Box], other: tuple[str, Box]) -> bool:
    """The same line read twice, in the overlap of two tiles."""
    (_, (x, y, w, h)), (_, (left, top, wide, high)) = line, other
    across = min(x + w, left + wide) - max(x, left)
    down = min(y + h, top + high) - max(y, top)
    return across > 0.7 * min(w, wide) and down > 0.6 * min(h, high)
