"""The one report model. Renderers only format it; nothing in it is decided by them.

Texts for people come in both languages. What was looked for and not found says ``not found``; what nobody
recorded says ``not recorded``. Times are UTC in RFC 3339, with Beijing time beside them for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crawler.document import Source, Surface
from crawler.page import Hop
from evidence.capture import EvidenceFile, TimestampKind
from evidence.lead import State, SubjectKind
from evidence.report.cover import Cover
from nlp.analysis import Category, Stance, Versions

FORMAT = "xiansuo-report/1"
NOT_FOUND = "not found"
NOT_RECORDED = "not recorded"
Lang = Literal["zh", "en"]
MarkKind = Literal["finding", "counter", "contact"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, in UTC and in Beijing time."""

    utc: str
    beijing: str


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports. Added at export, never stored with captures."""

    name: str
    credit_code: str = NOT_RECORDED
    contact: str = NOT_RECORDED


@dataclass(frozen=True, slots=True)
class Case:
    """Which lead this is. ``prior`` are leads about the same hits that were submitted before."""

    id: str
    lead_id: str
    version: int
    state: State
    created: Moment
    title: str
    priority: float
    urgency: Literal["high", "normal", "low"]
    prior: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one hit was shown. ``reference`` is the feed's, store's or account's own id.

    ``redirects`` is the chain that led to the page, ``ad_hops`` the chains that its adverts lead into.
    """

    hit_id: str
    url: str
    final_url: str
    redirects: str
    ad_hops: tuple[Hop, ...]
    source: Source
    surface: Surface
    reference: str
    seen: Moment


@dataclass(frozen=True, slots=True)
class Places:
    """All places of a lead, and whether they are still live."""

    first_seen: Moment
    last_seen: Moment
    still_live: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about the subject, with where and when it was seen; ``value`` may be ``not found``."""

    name: str
    value: str
    source: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class SubjectOfLead:
    """Whom the lead is about."""

    kind: SubjectKind
    value: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a quote, as offsets in the quote's own text, and the rule or contact it stands for.

    ``counter`` marks what speaks against the lead: a warning, a denial, a report.
    """

    start: int
    end: int
    kind: MarkKind
    rule: str
    normal: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Words as shown, with context; ``start`` and ``end`` are offsets in the source text of the block.

    Personal data of bystanders is masked character by character, so that offsets stay true.
    """

    block: int
    kind: str
    where: str
    visible: bool
    start: int
    end: int
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class SeenContact:
    """A way to reach the promoter, in normal form and as written."""

    platform: str
    handle: str
    raw: str


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One hit: what it says and how it was judged. ``quotes_left_out`` counts quotes beyond the strongest."""

    hit_id: str
    title: str
    categories: tuple[Category, ...]
    stance: Stance
    probability: float
    uncertain: bool
    diversion: bool
    contacts: tuple[SeenContact, ...]
    quotes: tuple[Quote, ...]
    quotes_left_out: int
    versions: Versions
    basis: tuple[str, ...]
    capture: str


@dataclass(frozen=True, slots=True)
class Conduct:
    """What is suspected. ``statement`` says 涉嫌; ``exhibits_left_out`` are hits that a digest leaves out."""

    statement: Text
    categories: tuple[Category, ...]
    diversion: bool
    contacts: tuple[SeenContact, ...]
    invite_codes: tuple[str, ...]
    audience: str
    exhibits: tuple[Exhibit, ...]
    exhibits_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Cited:
    """A rule cited. ``article`` is null until verified; ``status`` is the state of that verification."""

    id: str
    title: Text
    clause: Text
    number: str
    article: str | None
    effective: str
    repealed: str
    rank: str
    status: str
    hits: int


@dataclass(frozen=True, slots=True)
class CaptureProof:
    """One sealed capture and whether it verified when the report was made."""

    id: str
    hit_id: str
    captured: Moment
    timestamp: TimestampKind
    manifest_sha256: str
    public_key: str
    signature: str
    files: tuple[EvidenceFile, ...]
    record: dict[str, str]
    verified: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """All captures of a lead. ``complete``: every hit has one and all verified."""

    complete: bool
    problems: tuple[str, ...]
    verify_command: str
    captures: tuple[CaptureProof, ...]


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One step of the audit log. ``identified``: the actor had proven to be the person named."""

    at: Moment
    actor: str
    action: str
    before: str
    after: str
    reason: str
    digest: str
    identified: bool = False


@dataclass(frozen=True, slots=True)
class StanceCount:
    """How many hits read as promotion, warning, news …: what is not promotion speaks against the lead."""

    stance: Stance
    hits: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Who decided what and why, and what speaks against the lead."""

    reviewers: tuple[str, ...]
    steps: tuple[ReviewStep, ...]
    stances: tuple[StanceCount, ...]


@dataclass(frozen=True, slots=True)
class Handling:
    """What became of it."""

    platform_action: str
    retain_until: str
    receipts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeadReport:
    """Everything about one lead, in the field groups that a submission asks for."""

    case: Case
    place: Places
    subject: SubjectOfLead
    conduct: Conduct
    basis: tuple[Cited, ...]
    evidence: Proof
    review: Reviewed
    handling: Handling


@dataclass(frozen=True, slots=True)
class Report:
    """A report on leads. ``wording`` says what it does not claim. A batch over a period has a ``cover``.

    ``draft`` is set where it may not be submitted, and says so: a lead in it is dismissed or not proven, or a
    draft was asked for.
    """

    format: str
    id: str
    created: Moment
    lang: Lang
    wording: Text
    reporter: Reporter | None
    software: str
    leads: tuple[LeadReport, ...]
    draft: Text | None = None
    cover: Cover | None = None
