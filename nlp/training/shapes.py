"""Characters that look alike, by pictures of them: ``python -m nlp.training.shapes FONT`` writes the table.

Input: a font file with Chinese characters (``tables/shapes.csv`` was drawn from Noto Sans CJK, regular). Two
characters are alike when their blurred pictures, or the same half or two thirds of them, correlate.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.training.mend import SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE, MARGIN, BLUR = 36, 2, 0.8
PARTS = ((0, 36, 0, 36), (0, 36, 15, 36), (0, 36, 0, 21), (15, 36, 0, 36), (0, 21, 0, 36))
"""Rows and columns that are compared: the whole, and the right, left, lower and upper part."""
LESS = 0.08
"""Taken from the likeness of a part."""
ALIKE, MOST = 0.55, 24
"""From this likeness characters are alike; the number kept of each."""
BLOCK = 512


def draw(characters: str, font: Path) -> NDArray[np.float32]:
    """Pictures of characters, blurred a little: characters × rows × columns."""
    from PIL import Image, ImageDraw, ImageFilter, ImageFont

    face = ImageFont.truetype(str(font), SIZE - 2 * MARGIN)
    pictures = []
    for character in characters:
        picture = Image.new("L", (SIZE, SIZE), 0)
        ImageDraw.Draw(picture).text((SIZE / 2, SIZE / 2), character, 255, font=face, anchor="mm")
        pictures.append(np.asarray(picture.filter(ImageFilter.GaussianBlur(BLUR)), np.float32) / 255)
    return np.array(pictures)


def alike(characters: str, pictures: NDArray[np.float32]) -> dict[str, str]:
    """For each character those that look like it, the likest first."""
    best = np.zeros((len(characters), len(characters)), np.float32)
    for number, (top, bottom, left, right) in enumerate(PARTS):
        part = pictures[:, top:bottom, left:right].reshape(len(characters), -1)
        part = part - part.mean(axis=0)
        part /= np.linalg.norm(part, axis=1, keepdims=True) + 1e-6
        for at in range(0, len(part), BLOCK):
            likeness = part[at : at + BLOCK] @ part.T - (LESS if number else 0)
            np.maximum(best[at : at + BLOCK], likeness, out=best[at : at + BLOCK])
    np.fill_diagonal(best, 0)
    order = np.argsort(-best, axis=1, kind="stable")[:, :MOST]
    return {
        character: "".join(characters[other] for other in order[row] if best[row, other] >= ALIKE)
        for row, character in enumerate(characters)
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    from pypinyin.constants import PINYIN_DICT

    parser = argparse.ArgumentParser(description="Write the table of characters that look alike.")
    parser.add_argument("font", type=Path, help="a font with Chinese characters")
    options = parser.parse_args(arguments)
    import jieba

    counts: dict[str, int] = {}
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        for character in word:
            if "\u4e00" <= character <= "\u9fff" and ord(character) in PINYIN_DICT:
                counts[character] = counts.get(character, 0) + int(count)
    characters = "".join(sorted(counts, key=lambda key: (-counts[key], key))[:7_500])
    found = alike(characters, draw(characters, options.font))
    with SHAPES.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("char", "alike"))
        writer.writerows((character, found[character]) for character in sorted(found) if found[character])


if __name__ == "__main__":
    main()
