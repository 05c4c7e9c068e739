"""Errors of proof, index, review and report.

EvidenceError
├── StoreError            the index could not do what was asked
│   ├── StoreUnavailable  it cannot be reached; trying again later may help
│   └── Conflict          somebody else changed the record first
├── QueryError            a search query that cannot be read; says where
├── IntegrityError        proof that does not verify; names the file
│   └── MissingBlob       bytes that should be in the blob store and are not
├── TimestampError        no timestamp could be had, or one that does not hold; says why
├── ReviewError           a step the review rules forbid; says which rule
│   └── IdentityError     a step by somebody who has not proven who they are
└── ReportError           a report that cannot be made
    └── DraftOnly         a lead that may be reported as a draft only; says why
"""

from __future__ import annotations


class EvidenceError(Exception):
    """Base of this package's errors."""


class StoreError(EvidenceError):
    """The index could not do what was asked."""


class StoreUnavailable(StoreError):
    """The index cannot be reached; trying again later may help."""


class Conflict(StoreError):
    """Somebody else changed the record first."""


class QueryError(EvidenceError):
    """A search query that cannot be read; says where."""


class IntegrityError(EvidenceError):
    """Proof that does not verify; names the file."""


class MissingBlob(IntegrityError):
    """Bytes that should be in the blob store and are not."""


class TimestampError(EvidenceError):
    """No timestamp could be had, or one that does not hold; says why."""


class ReviewError(EvidenceError):
    """A step the review rules forbid; ``rule`` is a stable word for which, by which screens translate it."""

    def __init__(self, message: str, *, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


class IdentityError(ReviewError):
    """A step by somebody who has not proven who they are, or may not take it."""


class ReportError(EvidenceError):
    """A report that cannot be made."""


class DraftOnly(ReportError):
    """A lead that may be reported as a draft only; says why."""
