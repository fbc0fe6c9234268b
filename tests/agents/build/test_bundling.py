"""What of an app's pages ends up in which file for the browser."""

from __future__ import annotations

from agents.build import dependencies, processes, toolchain
from agents.build.generator import generate
from tests.support.builder import model


async def test_a_part_that_an_owner_loads_later_brings_its_styles(tmp_path, home):
    tools = await toolchain.find()
    for path, content in generate(model("recipes")).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    source = tmp_path / "src"
    (source / "later.css").write_text(".later { color: rebeccapurple; }\n")
    (source / "later.ts").write_text("import './later.css';\nexport const later = 1;\n")
    with (source / "main.tsx").open("a") as entry:
        entry.write("void import('./later');\n")
    await dependencies.install(tmp_path, tools, home / "cache")
    built = await processes.run(
        [tools.node, "node_modules/.bin/vite", "build"],
        cwd=tmp_path, seconds=120, env=tools.env({}, home / "cache"),
    )  # fmt: skip
    assert built.ok, built.output
    made = {file.name: file.read_text() for file in tmp_path.glob("dist/public/assets/*.*s")}
    [styles] = [name for name, text in made.items() if ".later" in text]
    assert [name for name, text in made.items() if name.endswith(".js") and styles in text]
    assert not [name for name, text in made.items() if "__VITE_PRELOAD__" in text]
