"""An app that is live is changed: by hand, then by its plan; its people's records stay."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.support.local_stack import LocalStack

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("stack")]
PLAN = Path(__file__).parents[1] / "agents" / "build" / "models" / "recipes.json"
ANN = {"name": "Ann", "email": "ann@example.com", "password": "correct horse battery"}


@pytest.mark.soak
def test_a_live_app_is_changed_and_keeps_hand_edits_and_records(stack: LocalStack) -> None:
    plan = stack.work / "recipes.json"
    model = json.loads(PLAN.read_text())
    model["app"]["slug"] = "changing-box"
    plan.write_text(json.dumps({"model": model}))
    first = stack.ok("build", "--plan", "recipes.json", "--deploy", "--json").events[-1]
    folder = Path(first["folder"])
    assert folder.name == "changing-box"
    with httpx.Client(base_url=first["url"]) as ann:
        assert ann.post("/api/auth/signup", json=ANN).status_code == 201
        assert ann.post("/api/categories", json={"name": "Soups"}).status_code == 201
        cookie = dict(ann.cookies)

    readme = folder / "README.md"
    readme.write_text(readme.read_text() + "\nAsk Ann.\n")
    written = json.loads((folder / "genesis.plan.json").read_text())
    category = next(each for each in written["model"]["entities"] if each["key"] == "category")
    category["fields"].append({"key": "colour", "title": "Colour", "required": True})
    for row in category["seed"]:
        row["colour"] = "green"
    (folder / "genesis.plan.json").write_text(json.dumps(written))
    changed = stack.ok("build", "--into", folder.name, "--deploy", "--json").events
    (told,) = [event for event in changed if "migration" in event]
    assert told["migration"].startswith("migrations/")
    assert told["notes"] == ["Every row of categories gets '-' as colour, which is required"]
    assert changed[-1]["folder"] == str(folder)
    assert (folder / told["migration"]).is_file()
    assert readme.read_text().endswith("\nAsk Ann.\n")
    with httpx.Client(base_url=changed[-1]["url"], cookies=cookie) as ann:
        (soups,) = ann.get("/api/categories").json()["items"]
        assert (soups["name"], soups["colour"]) == ("Soups", "-")
        assert ann.post("/api/categories", json={"name": "Cakes"}).status_code == 422
