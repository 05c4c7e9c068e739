"""Train the model from the corpus: ``python -m nlp.training.train``.

Steps: read texts; cut and featurise them; for each fold fit every channel on the other sources and score the
fold; stack, combine units, calibrate and choose the operating point on those scores; fit every channel on
everything; write the pipeline. Every random choice is seeded: the same texts give the same model.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.detectors.classifier import CHANNELS, TOGETHER, Classifier, together
from nlp.forest import Forest, joined
from nlp.heads import HEADS, LEAD, HashedChannel
from nlp.lexicon import Lexicon, load_lexicon
from nlp.mend import nothing_to_mend
from nlp.quick import BITS as QUICK_BITS
from nlp.quick import Quick
from nlp.score import make_score
from nlp.sieve import Sieve
from nlp.training.augment import disguised_copies
from nlp.training.duplicates import deduplicate
from nlp.training.fit import SEED, Table, fit_facts, fit_hashed, fit_vectors, make_table
from nlp.training.forest import grow_forest
from nlp.training.general import HOSTS, LEARNT, as_labelled, read_general
from nlp.training.mend import build_mender
from nlp.training.operate import Scored, choose_operating, make_long
from nlp.training.prepare import BITS, Features, cut_stretches, read_features
from nlp.training.sieve import READ, learn_quick
from nlp.training.stack import fit_stack
from nlp.training.texts import FOLDS, Labelled, fold_of, read_corpus, read_labelled
from nlp.training.write import PUBLIC, write_folds, write_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.document import Document
    from nlp.detectors.classifier import Stretch
    from nlp.ngrams import Keys
    from nlp.score import Operating

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COPIES = 0.7
"""Share of the texts that are learnt disguised as well, with ``COPY_WEIGHT``."""
COPY_WEIGHT = 0.4
WORKERS = 2
"""Folds that are fitted at the same time; the library does most of it outside of the interpreter's lock."""
LONG = 140
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
        mender=nothing_to_mend(),
        vocabulary=vectors.vocabulary,
        stack=np.zeros((len(CHANNELS), len(HEADS))),
        bias=np.zeros(len(HEADS)),
        forest=joined((), ()),
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


def joint_features(channels: Floats, features: Features) -> Floats:
    """What the trees read of rows."""
    spelt = np.array([facts.get("mended", 0.0) for facts in features.facts])
    return together(channels, features.lengths, spelt)


def scored_parts(model: Classifier, channels: Floats, joint: Floats) -> Floats:
    """All parts of rows."""
    parts = model.weighed(channels)
    parts[:, TOGETHER] = model.together(parts, joint)
    return parts


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
    """What fold models say of units they never saw, what the trees read of them, and the fold of each text;
    the same (fold, channels, features) of made long documents."""

    channels: Floats
    joint: Floats
    folds: NDArray[np.int64]
    long: list[tuple[int, Floats, Floats]]
    long_leads: list[bool]


def score_folds(data: Data, table: Table, vectors: Vectors, hosts: list[str], reader: Reader) -> Folded:
    """Fit on all folds but one, score that one; once for each fold."""
    folds = np.array([fold_of(text.group, folds=FOLDS) for text in data.texts])
    channels = np.zeros((len(data.owners), len(CHANNELS), len(HEADS)))
    made: list[tuple[int, Floats, Floats]] = []
    long_leads: list[bool] = []

    def fitted(fold: int) -> Classifier:
        log(f"fold {fold + 1} of {FOLDS}")
        train = np.flatnonzero(folds != fold)
        return fit_channels(data.features.take(data.first[train]), table.take(train), vectors)

    with ThreadPoolExecutor(WORKERS) as pool:
        models = list(pool.map(fitted, range(FOLDS)))
    for fold, model in enumerate(models):
        units = np.flatnonzero(folds[data.owners] == fold)
        channels[units] = channel_odds(model, data.features.take(units))
        mine = [text for text, at in zip(data.texts, folds, strict=True) if at == fold and not text.aside]
        long = make_long(mine, hosts, count=LONG, seed=fold)
        for row in reader.units(document for document, _ in long):
            features = read_features(row, vectors.vocabulary)
            said = channel_odds(model, features)
            made.append((fold, said, joint_features(said, features)))
        long_leads.extend(lead for _, lead in long)
    return Folded(channels, joint_features(channels, data.features), folds, made, long_leads)


def train(
    texts: list[Labelled], vectors: Vectors, hosts: list[str], reader: Reader
) -> tuple[Classifier, Operating, Floats]:
    """The classifier, its operating point, and the out-of-source probabilities of what is measured."""
    data, table = prepare(texts, vectors, reader), make_table(texts)
    folded = score_folds(data, table, vectors, hosts, reader)
    stack = fit_stack(folded.channels[data.first], table.labels, table.counted, table.weights)
    log("trees")
    forest, *grown = grow_forests(folded.joint[data.first], table, folded.folds)
    log("all texts")
    model = fit_channels(data.features.take(data.first), table, vectors)
    model = replace(model, stack=stack.weights, bias=stack.bias, forest=forest)
    short, long, plain = scored_folds(data, folded, [replace(model, forest=trees) for trees in grown])
    operating = choose_operating(short, long, table.labels[plain])
    chances = np.array([make_score(row, operating).probability for row in short.parts])
    return model, operating, chances


def grow_forests(joint: Floats, table: Table, folds: Ints) -> list[Forest]:
    """The trees grown on all rows, and for each fold those grown on the others."""
    taught = [np.arange(len(joint)), *(np.flatnonzero(folds != fold) for fold in range(FOLDS))]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda rows: grow_forest(joint[rows], table.take(rows)), taught))


def scored_folds(data: Data, folded: Folded, unseen: Sequence[Classifier]) -> tuple[Scored, Scored, Ints]:
    """Parts of texts and of long documents by the model of their fold, and which texts these are."""
    scored = np.zeros((len(data.owners), len(CHANNELS) + 2, len(HEADS)))
    for fold, judge in enumerate(unseen):
        rows = np.flatnonzero(folded.folds[data.owners] == fold)
        scored[rows] = scored_parts(judge, folded.channels[rows], folded.joint[rows])
    every = np.split(scored, data.first[1:])
    plain = np.flatnonzero([not text.aside for text in data.texts])
    leads = np.array([data.texts[row].lead for row in plain])
    public = np.array([data.texts[row].origin in PUBLIC for row in plain])
    made = [scored_parts(unseen[fold], said, features) for fold, said, features in folded.long]
    harmless = np.zeros(len(made), bool)
    return (
        Scored([every[row] for row in plain], leads, public),
        Scored(made, np.array(folded.long_leads), harmless),
        plain,
    )


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
    # not the copies: what is disguised stirs by its spelling
    learnt = learn_quick([*texts, *known], lexicon)
    every = [*texts, *copies, *known[:LEARNT]]
    log("mender")
    mender = build_mender((text.text for text in texts), options.general.glob("*.txt"))
    reader = Reader(lexicon, Sieve(learnt.losing(learnt.leads, READ), lexicon, mender))
    classifier, operating, chances = train(every, read_vectors(options.vectors), hosts, reader)
    found = [
        text.id
        for text, chance in zip(texts, chances, strict=True)
        if text.lead and chance >= operating.threshold
    ]
    classifier = replace(classifier, quick=learnt.losing(found), mender=mender)
    weights = write_model(classifier, operating, texts, out=options.out, chances=chances)
    write_folds(texts, chances, READY / "folds.jsonl", weights=weights)
    log(f"threshold {operating.threshold}, review {operating.review}; written to {options.out}")


if __name__ == "__main__":
    main()
