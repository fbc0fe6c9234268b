"""Whatever the text, Scout reads it: names that fit, nothing lost, the same again."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.scout.scout import MAX_CANDIDATES, scout
from agents.scout.sentences import UnreadableIdea, clean
from contracts.scouting import (
    RESERVED_ENTITIES,
    RESERVED_FIELDS,
    ScoutReport,
    decode_report,
    encode_report,
)
from tests.support.ideas import ODD, TEN, ideas

ALL = {**{key or "a page": idea for key, idea in TEN.items()}, **ODD}
DIGEST = """
import hashlib, sys
from agents.scout.scout import scout
from contracts.scouting import encode_report
from tests.support.ideas import ODD, TEN
found = b"".join(encode_report(scout(idea)) for idea in [*TEN.values(), *ODD.values()])
print(hashlib.sha256(found).hexdigest())
"""


def mapped(report: ScoutReport) -> set[int]:
    """The sentences that any finding names as its own."""
    findings = [
        *report.entities, *report.roles, *report.features, report.theme,
        *(pattern.rank for pattern in report.patterns),
    ]  # fmt: skip
    found = {number for finding in findings for number in finding.sentences}
    found |= {each.sentence for each in (*report.operations, *report.exclusions, *report.rules)}
    told = {*report.public, *report.private, *report.context}
    return found | told | {*report.name_sentences}


def check(idea: str) -> ScoutReport:
    """The report on an idea, after everything that is true of every report."""
    report = scout(idea)
    # Decoding checks every key, title, colour and choice of words.
    assert decode_report(encode_report(report)) == report
    assert scout(idea) == report
    assert report.idea == clean(idea)
    numbers = {sentence.number for sentence in report.sentences}
    assert mapped(report) | set(report.unmapped) == numbers
    assert mapped(report) & set(report.unmapped) == set()
    assert len(report.entities) <= MAX_CANDIDATES
    keys = {entity.key for entity in report.entities}
    assert len(keys) == len(report.entities)
    for entity in report.entities:
        assert not {entity.key, entity.plural} & RESERVED_ENTITIES
        assert entity.key != entity.plural
        assert entity.sentences
        fields = [field.key for field in entity.fields]
        assert len(set(fields)) == len(fields)
        assert not set(fields) & RESERVED_FIELDS
        assert entity.key not in {reference.to for reference in entity.references}
        assert all((field.type == "enum") == bool(field.options) for field in entity.fields)
    assert {operation.entity for operation in report.operations} <= keys
    return report


@pytest.mark.parametrize("idea", ALL.values(), ids=ALL)
def test_an_odd_idea_is_read(idea):
    check(idea)


@settings(max_examples=250, deadline=None)
@given(idea=ideas())
def test_any_text_is_read(idea):
    if not any(c.isalpha() for c in clean(idea)):
        with pytest.raises(UnreadableIdea):
            scout(idea)
    else:
        check(idea)


@settings(max_examples=100, deadline=None)
@given(
    words=st.lists(st.sampled_from(sorted(RESERVED_ENTITIES | RESERVED_FIELDS)), min_size=1),
    verb=st.sampled_from(["Add", "Manage", "Users create", "Each thing has"]),
)
def test_reserved_words_never_become_names(words, verb):
    check(f"{verb} {', '.join(words)}.")


def test_every_process_reads_the_same():
    ideas_ = [*TEN.values(), *ODD.values()]
    here = hashlib.sha256(b"".join(encode_report(scout(idea)) for idea in ideas_)).hexdigest()
    # Sets have another order in a process with another seed.
    there = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=Path(__file__).parents[3],
        env={"PYTHONHASHSEED": "4"},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert there.strip() == here


@pytest.mark.parametrize("idea", ["", " ", "🎉🚀", "123 456", "?!", "\x00\x01", "\ud83c"])
def test_a_text_without_words_is_refused(idea):
    with pytest.raises(UnreadableIdea):
        scout(idea)


def test_of_very_many_nouns_the_strongest_are_reported():
    nouns = [f"{first}{second}ium" for first in "bcdfghklmn" for second in ("ar", "el", "or", "in")]
    nouns += [f"{noun} crate" for noun in nouns]
    report = check(f"{'. '.join(f'Users add a {noun}' for noun in nouns)}. We manage zebras.")
    assert len(report.entities) == MAX_CANDIDATES
    assert report.entities[0].key == "zebra"


def test_markup_and_statements_are_only_words():
    report = scout("'; DROP TABLE recipes; -- <script>alert('photos')</script> Keep recipes.")
    assert [entity.key for entity in report.entities] == ["recipe"]
    assert report.sentences[0].text == "DROP TABLE recipes;"
