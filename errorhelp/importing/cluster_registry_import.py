"""Infobases from the registry of a 1C cluster."""

from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import check_folder
from errorhelp.formats.cluster_registry import RegisteredInfobase, infobases
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.importing.import_contents import Collected, Found
from errorhelp.text.texts import one_line


def read_registry(collected: Collected, file: str, data: bytes) -> None:
    """Add the infobases of the `1CV8Clst.lst` in `data`; `file` is its name in the report.

    A description `folder/sub/name` is the folder and the name. ValueError for what is no such registry.
    """
    found = infobases(data)
    collected.files.append(file)
    for registered in found:
        collected.add(Found(_infobase(registered), file, file, in_registry=True), registered.ref)


def _infobase(registered: RegisteredInfobase) -> Infobase:
    folder, _, name = one_line(registered.description).rpartition("/")
    return Infobase(
        id="",
        name=name.strip() or registered.name,
        connection=ServerConnection(registered.server, registered.ref),
        folder=check_folder(f"/{folder}"),
        v8i=(("ID", str(registered.uuid)),),
    )
