"""Migration files of our own and of other tools, read as they are.

    read_folder(path) -> Folder     every migration of a folder, checked for form

Our own form is dbmate's: `NNN_name.sql` with a line `-- migrate:up`, its statements, a line
`-- migrate:down` and the statements that take them back. Either line may end in
`transaction:false`. `-- irreversible: reason` declares that there is no way back.
"""

from __future__ import annotations

from agents.migration.files.model import Folder, Migration, Section
from agents.migration.files.read import read_folder

__all__ = ["Folder", "Migration", "Section", "read_folder"]
