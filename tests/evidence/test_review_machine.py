"""Whatever people try in whatever order, the rules of review hold and the log tells it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from evidence.audit import standing_steps
from evidence.blobs import open_blobs
from evidence.errors import ReviewError
from evidence.leads import update_leads
from evidence.review import ACTIONS, Step, allowed_actions, history, take
from evidence.verify import verify_audit
from tests.evidence.memory import MemoryStore
from tests.evidence.samples import fixed_clock, sealed_hit

PEOPLE = ("ann", "bob", "Ann ")


class Review(RuleBasedStateMachine):
    """Three people, two of whom are one, take any steps on one lead."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.blobs = open_blobs(Path(self.folder.name))
        self.store = MemoryStore()
        hit = sealed_hit(self.blobs)
        self.store.put([hit])
        (lead,) = update_leads(self.store, [hit])
        self.lead_id = lead.id

    def teardown(self) -> None:
        """Remove the blob store."""
        self.folder.cleanup()

    @rule(action=st.sampled_from(ACTIONS), actor=st.sampled_from(PEOPLE))
    def try_step(self, action: str, actor: str) -> None:
        """A step is taken as the state admits it, or refused and leaves no trace."""
        admitted = action in allowed_actions(self.store, self.lead_id)
        before = len(self.store.log)
        try:
            take(self.store, self.blobs, Step(self.lead_id, action, actor, "why"), clock=fixed_clock)
        except ReviewError:
            assert not admitted or action == "approve"
            assert len(self.store.log) == before
        else:
            assert admitted
            assert len(self.store.log) == before + 1

    @invariant()
    def the_log_verifies(self) -> None:
        """Chain, noted head and the lead's state agree."""
        assert verify_audit(self.store, self.blobs).ok

    @invariant()
    def two_persons_stand_behind_what_is_approved(self) -> None:
        """Of the standing steps, who approved is not who confirmed."""
        steps = standing_steps(history(self.store, self.lead_id))
        actors = {entry.action: entry.actor.casefold() for entry in steps}
        assert "approve" not in actors or actors["approve"] != actors["confirm"]


TestReview = pytest.mark.filterwarnings("default")(Review.TestCase)
Review.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
