"""Train the model from the corpus: ``python -m nlp.training.train``.

Steps: read texts; cut and featurise them; for each fold fit every channel on the other sources and score the
fold; stack, combine units, calibrate and choose the operating point on those scores; fit every channel on
everything; write the pipeline. Every random choice is seeded: the same texts give the same model.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.detectors.classifier import CHANNELS, Classifier
from nlp.heads import HEADS, LEAD, HashedChannel
from nlp.lexicon import Lexicon, load_lexicon
from nlp.quick import BITS as QUICK_BITS
from nlp.quick import Quick
from nlp.score import make_score
from nlp.sieve import Sieve
from nlp.training.augment import disguised_copies
from nlp.training.duplicates import deduplicate
from nlp.training.fit import SEED, Table, fit_facts, fit_hashed, fit_vectors, make_table
from nlp.training.general import HOSTS, LEARNT, as_labelled, read_general
from nlp.training.operate import Scored, choose_operating, make_long
from nlp.training.prepare import BITS, Features, cut_stretches, read_features
from nlp.training.sieve import learn_quick
from nlp.training.stack import fit_stack
from nlp.training.texts import FOLDS, Labelled, fold_of, read_corpus, read_labelled
from nlp.training.write import write_folds, write_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.document import Document
    from nlp.detectors.classifier import Stretch
    from nlp.ngrams import Keys
    from nlp.score import Operating

    Floats = NDArray[np.float64]

COPIES = 0.35
"""Share of the texts that are learnt disguised as well, with ``COPY_WEIGHT``."""
COPY_WEIGHT = 0.4
LONG = 90
"""Long documents made in each fold."""
READY = Path("build/training")
"""Where ``nlp.training.corpus`` leaves its output."""
MODEL = Path(__file__).parents[1] / "models" / "xiansuo_zh"


@dataclass(frozen=True, slots=True)
class Vectors:
    """Static word vectors: words, int8 vectors, rarity."""

    words: list[str]
    vectors: NDArray[np.int8]
    rarity: NDArray[np.uint8]

    @property
    def vocabulary(self) -> dict[str, int]:
        """Number of each word."""
        return {word: number for number, word in enumerate(self.words)}


def read_vectors(path: Path) -> Vectors:
    """Vectors written by ``nlp.training.vectors``."""
    with np.load(path, allow_pickle=False) as stored:
        return Vectors(stored["words"].tolist(), stored["vectors"], stored["rarity"])


def fit_channels(features: Features, table: Table, vectors: Vectors) -> Classifier:
    """All channels fitted on the given rows; the stack is left empty."""

    def hashed(keys: Keys, *, heads: int = len(HEADS)) -> HashedChannel:
        return fit_hashed(keys, table, bits=BITS, heads=heads)

    return Classifier(
        characters=hashed(features.characters),
        syllables=hashed(features.sounds, heads=LEAD + 1),
        words=hashed(features.words, heads=LEAD + 1),
        vectors=fit_vectors(features.numbers, (vectors.vectors, vectors.rarity), table),
        facts=fit_facts(features.facts, table),
        quick=Quick(np.zeros(1 << QUICK_BITS, np.int8), 1.0, 0.0, 0.0),
        vocabulary=vectors.vocabulary,
        stack=np.zeros((len(CHANNELS), len(HEADS))),
        bias=np.zeros(len(HEADS)),
        bits=BITS,
    )


def channel_odds(model: Classifier, features: Features) -> Floats:
    """Log-odds of each channel: rows × channels × heads."""
    return np.stack(
        [
            model.characters.predict(features.characters),
            model.syllables.predict(features.sounds),
            model.words.predict(features.words),
            model.vectors.predict(features.numbers),
            model.facts.predict(features.facts),
        ],
        axis=1,
    )


@dataclass(frozen=True, slots=True)
class Data:
    """Units of all documents in a row; ``owners`` names the document of each, ``first`` each one's whole."""

    texts: list[Labelled]
    features: Features
    owners: NDArray[np.int64]
    first: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reader:
    """What cuts documents into the units that are scored."""

    lexicon: Lexicon
    sieve: Sieve

    def units(self, documents: Iterable[Document]) -> list[list[Stretch]]:
        """Units of each document, the whole first."""
        return cut_stretches(documents, self.lexicon, self.sieve)


def prepare(texts: list[Labelled], vectors: Vectors, reader: Reader) -> Data:
    """Cut and featurise texts."""
    units = reader.units(text.document for text in texts)
    counts = np.array([len(row) for row in units])
    features = read_features([unit for row in units for unit in row], vectors.vocabulary)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    return Data(texts, features, np.repeat(np.arange(len(texts)), counts), first)


@dataclass(frozen=True, slots=True)
class Folded:
    """What fold models say of rows they never saw: of all units, and of made long documents."""

    channels: Floats
    long_channels: list[Floats]
    long_leads: list[bool]


def score_folds(data: Data, table: Table, vectors: Vectors, hosts: list[str], reader: Reader) -> Folded:
    """Fit on all folds but one, score that one; once for each fold."""
    folds = np.array([fold_of(text.group, folds=FOLDS) for text in data.texts])
    channels = np.zeros((len(data.owners), len(CHANNELS), len(HEADS)))
    long_channels: list[Floats] = []
    long_leads: list[bool] = []
    for fold in range(FOLDS):
        log(f"fold {fold + 1} of {FOLDS}")
        train = np.flatnonzero(folds != fold)
        model = fit_channels(data.features.take(data.first[train]), table.take(train), vectors)
        units = np.flatnonzero(folds[data.owners] == fold)
        channels[units] = channel_odds(model, data.features.take(units))
        mine = [text for text, at in zip(data.texts, folds, strict=True) if at == fold and not text.aside]
        long = make_long(mine, hosts, count=LONG, seed=fold)
        for row in reader.units(document for document, _ in long):
            long_channels.append(channel_odds(model, read_features(row, vectors.vocabulary)))
        long_leads.extend(lead for _, lead in long)
    return Folded(channels, long_channels, long_leads)


def train(
    texts: list[Labelled], vectors: Vectors, hosts: list[str], reader: Reader
) -> tuple[Classifier, Operating, Floats]:
    """The classifier, its operating point, and the out-of-source probabilities of what is measured."""
    data, table = prepare(texts, vectors, reader), make_table(texts)
    folded = score_folds(data, table, vectors, hosts, reader)
    stack = fit_stack(folded.channels[data.first], table.labels, table.counted, table.weights)
    plain = np.flatnonzero([not text.aside for text in texts])
    every = np.split(stack.parts(folded.channels), data.first[1:])
    parts = [every[row] for row in plain]
    measured = table.take(plain)
    long = Scored([stack.parts(row) for row in folded.long_channels], np.array(folded.long_leads), np.ones(0))
    short = Scored(parts, measured.labels[:, LEAD].astype(bool), measured.weights)
    operating = choose_operating(short, long, measured.labels)
    log("all texts")
    model = fit_channels(data.features.take(data.first), table, vectors)
    chances = np.array([make_score(row, operating).probability for row in parts])
    return replace(model, stack=stack.weights, bias=stack.bias), operating, chances


def log(message: str) -> None:
    """Progress, on standard error."""
    print(f"train: {message}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the training."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--real", type=Path, default=READY / "real.jsonl", help="labelled public texts")
    parser.add_argument("--vectors", type=Path, default=READY / "vectors.npz", help="static word vectors")
    parser.add_argument("--general", type=Path, default=READY / "general", help="folder of plain texts")
    parser.add_argument("--out", type=Path, default=MODEL, help="folder of the model")
    options = parser.parse_args(arguments)
    if not (options.real.is_file() and options.vectors.is_file()):
        parser.error(f"{options.real} or {options.vectors} is missing; run `make corpus CORPUS=FOLDER` first")
    cleaned = deduplicate(read_labelled(options.real) + read_corpus(), held_out=read_corpus(held_out=True))
    texts = cleaned.texts
    log(f"{len(cleaned.dropped)} near-duplicates dropped")
    general = read_general(sorted(options.general.glob("*.txt")), seed=SEED)
    if not general:
        parser.error(f"{options.general} has no general texts (*.txt); run `make corpus` with them")
    hosts, known = general[:HOSTS], as_labelled(general[HOSTS:])
    copies = disguised_copies(texts, share=COPIES, weight=COPY_WEIGHT, seed=SEED)
    log(f"{len(texts)} texts, {sum(text.lead for text in texts)} leads, {len(copies)} disguised copies")
    lexicon = load_lexicon()
    learnt = learn_quick([*texts, *copies, *known], lexicon)
    every = [*texts, *copies, *known[:LEARNT]]
    reader = Reader(lexicon, Sieve(learnt.losing(learnt.leads), lexicon))
    classifier, operating, chances = train(every, read_vectors(options.vectors), hosts, reader)
    found = [
        text.id
        for text, chance in zip(texts, chances, strict=True)
        if text.lead and chance >= operating.threshold
    ]
    classifier = replace(classifier, quick=learnt.losing(found))
    weights = write_model(classifier, operating, texts, out=options.out, chances=chances)
    write_folds(texts, chances, READY / "folds.jsonl", weights=weights)
    log(f"threshold {operating.threshold}, review {operating.review}; written to {options.out}")


if __name__ == "__main__":
    main()
