"""A site of plain files on this machine: it gets a server, and is run as an app from then on."""

from __future__ import annotations

import shutil
from pathlib import Path

SERVER = Path(__file__).with_name("site.mjs")


def served(folder: Path) -> Path:
    """The folder of an app that serves a site, which is used up; an app's own stays as it is.

    `folder` is what a hosting platform would take: public files alone, one of which says what build
    they are. Blocking.
    """
    if (folder / "server.mjs").is_file() or not (folder / "index.html").is_file():
        return folder
    made = folder.with_name(f"{folder.name}.served")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    folder.rename(made / "public")
    shutil.copyfile(SERVER, made / "server.mjs")
    return made
