"""The spaCy pipeline: jieba's words as tokens, and the trained heads as a component.

spaCy calls its object ``nlp``; here it is ``pipeline``, since ``nlp`` is this package. ``register`` makes the
two factories known to spaCy; nothing is registered by importing this module.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from nlp.detectors.classifier import Classifier, Passage, Stretch
from nlp.detectors.weights import load_classifier
from nlp.errors import ModelError
from nlp.heads import HEADS
from nlp.offsets import identity
from nlp.score import label_odds
from nlp.segment import cut
from nlp.sound import sounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from nlp.case import Case

TOKENIZER = "xiansuo.words.v1"
COMPONENT = "xiansuo_heads"
CASE = "xiansuo_case"
PARTS = "xiansuo_parts"


class WordTokenizer:
    """Tokens are the words jieba's dictionary gives; together they are the text, white space included."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """A spaCy document of ``text``. Lone surrogates count as question marks."""
        words = cut(text.encode("utf-8", "replace").decode("utf-8"))
        doc = Doc(self.vocab, words=words, spaces=[False] * len(words))
        doc.user_data["words"] = words
        return doc

    def to_disk(self, path: Path, **_: Any) -> None:
        """Nothing to store: the dictionary is jieba's."""

    def from_disk(self, path: Path, **_: Any) -> WordTokenizer:
        """Nothing to read."""
        return self

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to store."""
        return b""

    def from_bytes(self, data: bytes, **_: Any) -> WordTokenizer:
        """Nothing to read."""
        return self


class Heads:
    """Scores the units of a case; leaves ``PARTS`` (``Classifier.parts``) and ``doc.cats``."""

    def __init__(self, classifier: Classifier | None = None) -> None:
        self.classifier = classifier

    def __call__(self, doc: Doc) -> Doc:
        """Score one document."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], **_: Any) -> Iterator[Doc]:
        """Score documents one by one."""
        if self.classifier is None:
            raise ModelError("the heads have no weights; load a model or train one")
        for doc in stream:
            parts = self.classifier.parts(_passage(doc))
            doc.user_data[PARTS] = parts
            chances = 1 / (1 + np.exp(-label_odds(parts)))
            doc.cats = dict(zip(HEADS, chances.tolist(), strict=True))
            yield doc

    def to_disk(self, path: Path, **_: Any) -> None:
        """Store the weights."""
        if self.classifier is None:
            raise ModelError("there are no weights to store")
        from nlp.training.store import save_classifier

        save_classifier(self.classifier, path)

    def from_disk(self, path: Path, **_: Any) -> Heads:
        """Read the weights."""
        self.classifier = load_classifier(path)
        return self

    def know_words(self, vocab: Vocab) -> None:
        """Make the model's words permanent in a vocabulary; others are forgotten after each batch."""
        if self.classifier is not None:
            for word in self.classifier.vocabulary:
                vocab[word]


def read_case(case: Case, words: Sequence[str]) -> Passage:
    """What the classifier reads of a case whose joined text has these words."""
    return Passage(case.reading, words, case.sound, case.units, case.facts())


def _passage(doc: Doc) -> Passage:
    words: list[str] = doc.user_data.get("words") or [token.text for token in doc]
    case: Case | None = doc.user_data.get(CASE)
    if case is not None:
        return read_case(case, words)
    sound = sounded(identity(doc.text)).text
    return Passage(doc.text, words, sound, ((0, len(doc.text)),), ({},))


def stretches_of(doc: Doc) -> list[Stretch]:
    """The units of a document with words and facts; one without a case is a single unit without facts."""
    words: list[str] = doc.user_data.get("words") or [token.text for token in doc]
    case: Case | None = doc.user_data.get(CASE)
    if case is None:
        return [Stretch(doc.text, words, {})]
    facts = case.facts()
    if len(case.units) == 1:
        return [Stretch(case.reading, words, facts[0])]
    ends = list(accumulate(map(len, words)))
    out = []
    for number, (start, end) in enumerate(case.units):
        inside = words[bisect_left(ends, start + 1) : bisect_left(ends, end) + 1]
        out.append(Stretch(case.reading[start:end], inside, facts[number]))
    return out


def register() -> None:
    """Make the tokenizer and the component known to spaCy. Calling it again changes nothing."""
    if not Language.has_factory(COMPONENT):
        Language.factory(COMPONENT, func=_make_heads, assigns=["doc.cats"])
        registry.tokenizers.register(TOKENIZER, func=_make_tokenizer)


def _make_heads(nlp: Language, name: str) -> Heads:
    return Heads()


def _make_tokenizer() -> Any:
    return lambda pipeline: WordTokenizer(pipeline.vocab)


def new_pipeline(classifier: Classifier | None = None) -> Language:
    """A pipeline with the given weights, or without any."""
    register()
    config = {"nlp": {"tokenizer": {"@tokenizers": TOKENIZER}}}
    # A bare vocabulary: attributes of words are never asked for, and computing them costs more than the rest.
    pipeline = spacy.blank("zh", config=config, vocab=Vocab())
    heads: Any = pipeline.add_pipe(COMPONENT)
    heads.classifier = classifier
    return pipeline


def classifier_of(pipeline: Language) -> Classifier:
    """The weights inside a pipeline."""
    heads: Any = pipeline.get_pipe(COMPONENT)
    if heads.classifier is None:
        raise ModelError("the pipeline has no weights")
    classifier: Classifier = heads.classifier
    return classifier


def is_plain(pipeline: Language) -> bool:
    """Whether a pipeline is ours alone: then nobody reads its tokens, and none need be made."""
    return pipeline.pipe_names == [COMPONENT] and isinstance(pipeline.tokenizer, WordTokenizer)


def load_pipeline(folder: Path) -> Language:
    """Read a pipeline saved by ``save_pipeline``."""
    register()
    try:
        pipeline = spacy.util.load_model_from_path(folder, vocab=Vocab(), exclude=["vocab"])
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read the model in {folder}: {error}") from error
    heads: Any = pipeline.get_pipe(COMPONENT)
    heads.know_words(pipeline.vocab)
    return pipeline


def save_pipeline(pipeline: Language, folder: Path) -> None:
    """Write configuration, meta data and weights; the vocabulary is not stored."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    pipeline.to_disk(folder, exclude=["vocab"])
