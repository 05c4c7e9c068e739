"""The API against its own description: whatever the description allows, and what it does not, is answered."""

from __future__ import annotations

import contextlib
import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from fastapi.openapi.utils import get_openapi
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from console.api.app import make_app
from console.web import views
from tests.conftest import settings_in
from tests.workers.deadly import item
from workers.judge import judge_runs
from workers.pipeline import today
from workers.save import open_evidence, saved

if TYPE_CHECKING:
    from nlp.analyse import Engine

PROMO = "长期收U出U，秒结不冻卡，加微信 ulaoban_886，备注出U"
EXAMPLES = 30


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Any:
    """The description of an application that has one lead, which stands in it as an example."""
    settings = settings_in(tmp_path_factory.mktemp("api"))
    list(saved(judge_runs([item("1", PROMO)], engine, today=today()), settings, job="test"))
    with open_evidence(settings) as evidence:
        (lead,) = evidence.store.leads()
    app = make_app(settings)
    app.state.console._engine = engine
    app.openapi()["paths"] |= _pages()
    for path, operations in app.openapi()["paths"].items():
        for operation in operations.values() if "{lead_id}" in path else ():
            operation["parameters"][0]["example"] = lead.id
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers={"Host": "127.0.0.1"})


def _pages() -> dict[str, Any]:
    """The console's pages, which are no part of the API's description, described."""
    routes = [copy.copy(route) for route in views.router.routes]
    for route in routes:
        route.include_in_schema = True  # type: ignore[attr-defined]
    found: dict[str, Any] = get_openapi(title="pages", version="1", routes=routes)["paths"]
    return found


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_no_request_is_a_server_error(described: Any, mode: GenerationMode) -> None:
    """Requests that the description allows (positive), and others (negative)."""
    answered: Counter[int] = Counter()
    for result in described.get_all_operations():
        for case in _cases(result.ok(), mode):
            answer = case.call(headers={"Host": "127.0.0.1"})
            answered[answer.status_code] += 1
            assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
    assert answered[200] or mode is GenerationMode.NEGATIVE
    assert answered[422] or mode is GenerationMode.POSITIVE


def _cases(operation: Any, mode: GenerationMode) -> list[Any]:
    """The same few requests of an operation in every run."""
    made: list[Any] = []

    @effort(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def gather(case: Any) -> None:
        made.append(case)

    with contextlib.suppress(Unsatisfiable):  # an operation without anything to get wrong
        gather()
    return made
