"""What became of every sentence: on the command line, and as a file that changes only with it."""

from __future__ import annotations

import msgspec
import pytest

from agents.build.tracing import Ran, Traced
from bus.archive import pack
from coordinator.cli.traced import TRACE_FILE, document, verdict_of
from tests.coordinator.cli.conftest import PLAN, SOURCE, Genesis
from tests.support.stories import BUILD, COMPLETED, ID, append

TRACE = (
    Traced(
        sentence=1, text="Recipes have a *photo*.", verdict="passed",
        elements=("entity.recipe", "field.recipe.photo"), tasks=("data.recipe", "api.recipe"),
        files=("migrations/002_recipes.sql", "shared/entities/recipe.ts"),
        tests=(Ran(file="tests/records.test.ts", tests=("'Recipes' > are created",)),),
    ),
    Traced(sentence=2, text="It should fly.", verdict="unmapped"),
    Traced(sentence=3, text="No chat.", verdict="left_out", elements=("excluded.messages",)),
    Traced(
        sentence=4, text="Share with friends and play.", verdict="failed",
        elements=("entity.friend",), missing=("unbuilt.games",),
        tests=(Ran(file="tests/access.test.ts", tests=("one", "two"), failed=1),),
    ),
)  # fmt: skip


async def built(genesis: Genesis, report: object, words: str = "done done done") -> None:
    """A pipeline whose build left this report."""
    put = genesis.bus.artifacts.put
    completed = {
        **COMPLETED,
        "plan": msgspec.structs.replace(COMPLETED["plan"], plan=await put(PLAN)),
        "build": msgspec.structs.replace(
            COMPLETED["build"],
            source=await put(pack(SOURCE)),
            report=await put(msgspec.json.encode(report)),
        ),
    }
    await append(genesis.bus, BUILD, words, completed=completed)


async def test_each_sentence_is_shown_with_what_was_made_and_shown_of_it(genesis: Genesis) -> None:
    await built(genesis, {"trace": TRACE, "output": {}})
    result = await genesis("show", ID, "--trace")
    assert result.code == 0
    for each in TRACE:
        assert f"[{each.sentence}] {each.text}\n" in result.out
        assert verdict_of(each) in result.out
    assert "tests/access.test.ts: 1 passed, 1 failed" in result.out
    assert "without games" in result.out
    assert result.out.splitlines()[-1].startswith("4 sentences: 1 in the app, and its tests passed")
    told = await genesis("show", ID, "--trace", "--json")
    assert [each["verdict"] for each in told.events[0]] == [each.verdict for each in TRACE]


@pytest.mark.parametrize("report", [{"output": {}}, {"trace": []}, "no report", {"trace": 3}])
async def test_a_report_that_follows_no_idea_is_told(genesis: Genesis, report: object) -> None:
    await built(genesis, report)
    result = await genesis("show", ID, "--trace")
    assert (result.code, result.out) == (1, "")
    assert f"no build of {ID} says what became of an idea" in result.err
    await genesis("watch", ID)
    assert "shop/TRACE.md" not in genesis.files()


@pytest.mark.parametrize("words", ["", "done", "done done fails"])
async def test_a_pipeline_that_built_nothing_has_nothing_to_show(
    genesis: Genesis, words: str
) -> None:
    await built(genesis, {"trace": TRACE}, words)
    assert (await genesis("show", ID, "--trace")).code == 1


async def test_the_app_comes_with_the_trace_and_the_same_build_with_the_same(
    genesis: Genesis,
) -> None:
    await built(genesis, {"trace": TRACE})
    for _ in range(2):
        assert (await genesis("watch", ID)).code == 0
        assert genesis.files()[f"shop/{TRACE_FILE}"] == document(TRACE).encode()
        assert not any(path.startswith("shop-2/") for path in genesis.files())


def test_the_document_names_everything_and_lets_no_sentence_be_markup() -> None:
    text = document(TRACE)
    assert "## 1. Recipes have a \\*photo\\*." in text
    for each in TRACE:
        for name in (*each.elements, *each.tasks, *each.files):
            assert f"`{name}`" in text
        for ran in each.tests:
            assert f"- Tests in `{ran.file}`:" in text
    image = msgspec.structs.replace(TRACE[1], text="<img src=x>")
    assert "## 2. \\<img src=x\\>" in document((image,))
