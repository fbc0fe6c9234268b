"""The document that a generated app serves of itself, by the OpenAPI 3.1 standard."""

from __future__ import annotations

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.builder import model
from tests.support.postgres import Postgres
from tests.support.served_app import served


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", ["everything", "nasty"])
def test_an_app_serves_a_valid_openapi_document(postgres: Postgres, name: str):
    with served(model(name), postgres.url()) as app, app.client() as client:
        answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    problems = [
        f"{'/'.join(map(str, problem.absolute_path))}: {problem.message}"
        for problem in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    assert problems == []
    assert len(document["paths"]) > len(model(name).entities) * 5
