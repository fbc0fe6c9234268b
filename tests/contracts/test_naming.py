"""Names that two processes must arrive at alone."""

from __future__ import annotations

import subprocess
import sys

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.messages import PipelineId, Slug
from contracts.naming import database_name, pipeline_id, role_password
from tests.contracts.strategies import TEXT

unhurried = settings(deadline=None)
KEYS = st.text(TEXT, max_size=200)
WORDS = st.text("ab9", min_size=1, max_size=9)
SLUGS = st.lists(WORDS, min_size=1, max_size=4).map(lambda words: "a" + "-".join(words))
ENVIRONMENTS = st.sampled_from(["staging", "production"])


@unhurried
@given(key=KEYS)
def test_a_pipeline_id_is_a_valid_subject_token(key: str) -> None:
    made = pipeline_id(key)
    assert msgspec.convert(made, PipelineId) == made
    assert len(made) == 16


@unhurried
@given(keys=st.sets(KEYS, min_size=2, max_size=20))
def test_different_requests_are_different_pipelines(keys: set[str]) -> None:
    assert len({pipeline_id(key) for key in keys}) == len(keys)


def test_a_request_is_the_same_pipeline_in_every_process_and_version() -> None:
    assert pipeline_id("ci-20251124-18") == "n7lkwdh3ha47m4pr"
    code = "from contracts.naming import pipeline_id; print(pipeline_id('ci-20251124-18'))"
    again = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert again.stdout.strip() == pipeline_id("ci-20251124-18")


@unhurried
@given(app=SLUGS, environment=ENVIRONMENTS)
def test_a_database_name_needs_no_quotes_and_fits_postgresql(app: str, environment: str) -> None:
    name = database_name(msgspec.convert(app, Slug), environment)
    assert name.isascii()
    assert name.isidentifier()
    assert name == name.lower()
    assert len(name) <= 63


@unhurried
@given(places=st.sets(st.tuples(SLUGS, ENVIRONMENTS), min_size=2, max_size=10))
def test_no_two_apps_and_environments_share_a_database(places: set[tuple[str, str]]) -> None:
    assert len({database_name(app, environment) for app, environment in places}) == len(places)


@unhurried
@given(secrets=st.sets(KEYS, min_size=2, max_size=2), role=KEYS)
def test_a_password_depends_on_the_secret_and_the_role(secrets: set[str], role: str) -> None:
    one, other = secrets
    assert role_password(one, role) == role_password(one, role)
    assert role_password(one, role) != role_password(other, role)
    assert role_password(one, role) != role_password(one, role + "x")
    assert len(role_password(one, role)) == 64
