"""Schemathesis against the OpenAPI: no request, allowed by the schema or not, breaks the API."""

from __future__ import annotations

import contextlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from bridge.server.app import create_app
from bridge.server.hub import Hub
from bridge.server.security import RefusalLog
from bridge.sinks.preview import PreviewSink

schemathesis = pytest.importorskip("schemathesis")

HOST = "testserver"  # what the in-process client calls itself
EXAMPLES = 20


def fake_control(root: Path) -> Any:
    path = root / "tests" / "unit" / "test_page_server.py"
    spec = importlib.util.spec_from_file_location("page_server_fakes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FakeControl()


@pytest.fixture(scope="module")
def api_schema(repo_root: Path) -> Any:
    refusals = RefusalLog()
    hub = Hub(PreviewSink(), refusals, hips_height_m=lambda: 0.95)
    app = create_app(fake_control(repo_root), hub, bound_host=HOST, token=None, refusals=refusals)
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


@pytest.mark.parametrize("mode", ["allowed", "forbidden"])
def test_no_request_breaks_the_api(
    api_schema: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.sources.devices.list_cameras", tuple)  # opens no camera
    kinds = schemathesis.GenerationMode
    generation = kinds.POSITIVE if mode == "allowed" else kinds.NEGATIVE
    tried = 0
    for result in api_schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=generation))
        def try_one(case: Any) -> None:
            nonlocal tried
            tried += 1
            response = case.call()
            assert response.status_code < 500, (case.method, case.path, response.text)

        with contextlib.suppress(Unsatisfiable):  # an operation that takes nothing
            try_one()
    assert tried > EXAMPLES
