"""Documents to verdicts: the flow of detection, top to bottom.

``load_engine`` once, then ``analyse`` or ``analyse_many``. A verdict depends on document, lexicons and model
alone: not on the batch, the process or what was analysed before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from spacy.language import Language

from nlp.analysis import Analysis, Contribution, Score, Tier, Versions
from nlp.case import open_cases
from nlp.deep.opinion import DeepTier
from nlp.deep.tier import open_tier
from nlp.detectors.classifier import Classifier
from nlp.errors import ModelError
from nlp.explain import explain
from nlp.heads import DIGITS
from nlp.lexicon import Lexicon, load_lexicon
from nlp.pipeline import CASE, PARTS, classifier_of, is_plain, load_pipeline, read_case
from nlp.score import Operating, judge, sigmoid
from nlp.segment import cut
from nlp.sieve import Sieve, passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from spacy.tokens import Doc

    from crawler.document import Document
    from nlp.case import Case
    from nlp.deep.opinion import Opinion
    from nlp.pieces import Excerpt
    from nlp.score import Judged
    from nlp.settings import DetectionSettings

MODELS = Path(__file__).parent / "models"
BATCH_DOCUMENTS = 64
BATCH_CHARACTERS = 200_000
READ_AT_ONCE = 12_000
"""Characters that the detectors read in one pass; each costs more memory there than in the sieve."""
NOTHING_STIRRED = 6.0
"""Log-odds against a lead where nothing stirred."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything a verdict needs, loaded once a process."""

    lexicon: Lexicon
    pipeline: Language
    classifier: Classifier
    sieve: Sieve
    operating: Operating
    versions: Versions
    threshold: float | None
    deep: DeepTier | None = None

    def current(self) -> Engine:
        """This engine: one that does not change is its own newest (``nlp.live`` has one that does)."""
        return self

    @property
    def nothing(self) -> Analysis:
        """The verdict on a document in which nothing stirred."""
        log_odds = -NOTHING_STIRRED
        return Analysis(
            lead=False,
            score=Score(
                round(sigmoid(log_odds), DIGITS), log_odds, (Contribution("nothing stirred", log_odds),)
            ),
            review=False,
            stance="unrelated",
            categories=(),
            diversion=False,
            contacts=(),
            findings=(),
            versions=self.versions,
            tier="fast",
        )


def load_engine(settings: DetectionSettings) -> Engine:
    """Read lexicons and model. Takes a second or two; do it once a process."""
    lexicon = load_lexicon(settings.lexicons)
    folder = model_folder(settings)
    engine = make_engine(lexicon, load_pipeline(folder), threshold=settings.threshold)
    if settings.deep.tier == "off":
        return engine
    return replace(engine, deep=open_tier(settings.deep, model=folder, digest=engine.versions.model))


def model_folder(settings: DetectionSettings) -> Path:
    """Folder of the model that the settings name. Raises ModelError where it has none."""
    folder = Path(settings.model)
    if not folder.is_dir():
        folder = MODELS / settings.model
    if not (folder / "config.cfg").is_file():
        raise ModelError(f"no model in {folder}; name a folder or one of {sorted_models()}")
    return folder


def sorted_models() -> list[str]:
    """Names of the models that come with the program."""
    return sorted(path.parent.name for path in MODELS.glob("*/config.cfg"))


def make_engine(lexicon: Lexicon, pipeline: Language, *, threshold: float | None = None) -> Engine:
    """An engine of loaded parts. The pipeline's meta data holds the operating point."""
    try:
        operating = msgspec.convert(pipeline.meta["operating"], Operating)
        model = str(pipeline.meta["digest"])
    except (KeyError, msgspec.ValidationError) as error:
        raise ModelError(f"the model's meta.json has no valid operating point: {error}") from error
    code = version_of("xiansuo")
    classifier = classifier_of(pipeline)
    return Engine(
        lexicon=lexicon,
        pipeline=pipeline,
        classifier=classifier,
        sieve=Sieve(classifier.quick, lexicon, classifier.mender),
        operating=operating,
        versions=Versions(lexicon.version, model, code),
        threshold=threshold,
    )


def with_lexicon(engine: Engine, lexicon: Lexicon) -> Engine:
    """The same model with another lexicon."""
    return replace(
        engine,
        lexicon=lexicon,
        sieve=Sieve(engine.classifier.quick, lexicon, engine.classifier.mender),
        versions=replace(engine.versions, lexicon=lexicon.version),
    )


def version_of(distribution: str) -> str:
    """Installed version, or ``0+unknown`` when the program runs from a folder."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "0+unknown"


def analyse(document: Document, engine: Engine) -> Analysis:
    """The verdict on one document."""
    return next(analyse_many((document,), engine))


def analyse_many(documents: Iterable[Document], engine: Engine) -> Iterator[Analysis]:
    """Verdicts in the order of the documents. Reads ahead by one batch."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += sum(len(block.text) for block in document.blocks)
        if len(batch) >= BATCH_DOCUMENTS or size >= BATCH_CHARACTERS:
            yield from _analyse_batch(batch, engine)
            batch, size = [], 0
    if batch:
        yield from _analyse_batch(batch, engine)


def _analyse_batch(documents: Sequence[Document], engine: Engine) -> list[Analysis]:
    return judge_excerpts(documents, engine.sieve.sift(documents), engine)


def judge_excerpts(
    documents: Sequence[Document], excerpts: Sequence[Excerpt | None], engine: Engine
) -> list[Analysis]:
    """Verdicts by what is read of each document; where that is None, nothing stirred."""
    stirred = [
        (document, excerpt)
        for document, excerpt in zip(documents, excerpts, strict=True)
        if excerpt is not None
    ]
    # In passes: what is in hand at once stays in the processor's cache, and is bounded.
    verdicts = (
        verdict
        for first, beyond in passes([len(excerpt.text) for _, excerpt in stirred], size=READ_AT_ONCE)
        for verdict in _analyse_cases(
            open_cases(stirred[first:beyond], engine.lexicon, engine.classifier.mender), engine
        )
    )
    nothing = engine.nothing
    return [nothing if excerpt is None else next(verdicts) for excerpt in excerpts]


def _analyse_cases(cases: list[Case], engine: Engine) -> list[Analysis]:
    if is_plain(engine.pipeline):
        words = [cut(case.reading) for case in cases]
        scored = engine.classifier.parts_of([*map(read_case, cases, words)])
        return [_verdict(case, parts, engine) for case, parts in zip(cases, scored, strict=True)]
    # spaCy keeps every word it meets; inside the zone it forgets them again.
    with engine.pipeline.memory_zone():
        docs = [_make_doc(case, engine.pipeline) for case in cases]
        scored = [doc.user_data[PARTS] for doc in engine.pipeline.pipe(docs)]
        return [_verdict(case, parts, engine) for case, parts in zip(cases, scored, strict=True)]


def _make_doc(case: Case, pipeline: Language) -> Doc:
    doc = pipeline.tokenizer(case.reading)
    doc.user_data[CASE] = case
    return doc


def _verdict(case: Case, parts: NDArray[np.float64], engine: Engine) -> Analysis:
    judged = judge(parts, engine.operating, threshold=engine.threshold)
    start = case.units[judged.unit][0]
    tier: Tier = "model"
    remark = _unread(case)
    if engine.deep is not None and judged.review:
        opinion = engine.deep.look(case.around(start), judged.score)
        remark = "; ".join(filter(None, (remark, opinion.remark)))
        if opinion.score is not None:
            judged, tier = _reconsider(parts, judged, opinion, engine), "deep"
    return Analysis(
        lead=judged.lead,
        score=judged.score,
        review=judged.review,
        stance=judged.stance,
        categories=judged.categories,
        diversion=judged.diversion,
        contacts=case.contacts,
        findings=explain(case, judged, engine.classifier),
        versions=engine.versions,
        tier=tier,
        block=case.place(start)[0] if case.reading else -1,
        remark=remark,
    )


def _unread(case: Case) -> str:
    """What is said of a document of which more stirred than is read in full."""
    unread = case.excerpt.unread
    return f"{unread} parts that may matter were not read in full" if unread else ""


def _reconsider(parts: NDArray[np.float64], judged: Judged, opinion: Opinion, engine: Engine) -> Judged:
    """The verdict by a deep tier's score. It stays in the review band: a person looks all the same."""
    assert opinion.score is not None
    limit = engine.threshold if engine.threshold is not None else opinion.threshold
    limit = engine.operating.threshold if limit is None else limit
    lead = opinion.score.probability >= limit
    # labels hang on whether it is a lead: of a certain one, or of none
    labels = judge(parts, engine.operating, threshold=0.0 if lead else 2.0)
    return replace(labels, score=opinion.score, review=judged.review)
