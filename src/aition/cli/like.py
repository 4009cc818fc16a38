"""--like: the spec and the settings of an earlier folder, for records of the same kind or of another."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aition.cli.kinds import MODULES, NAMES, SPECS, default_spec
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.data import Folder
    from aition.data.readers import Spec

MIMIC = ("MimicIV", "MimicIII")
"""Readers whose settings are the same."""


def taken(like: str, kind: str, *, labels: bool) -> tuple["Spec", dict[str, Any]]:
    """The spec of an earlier folder, in this kind's codes where that was of another, and the settings of the source.

    Args:
        like: The earlier folder.
        kind: Of the records that are read now.
        labels: Whether they come with labels.

    Raises:
        InputError: The folder was made of another kind, and no spec that comes with Aition says its features in the
            codes of this one.
    """
    from aition.data import open_folder
    from aition.data.readers import asked_of

    folder = open_folder(like)
    spec, settings = asked_of(folder)
    reader = folder.manifest["reader"]
    if MODULES[kind][1] != reader:
        own, settled = translated(folder, kind, labels=labels)
        return own, settings if reader in MIMIC and kind.startswith("mimic") else settled
    if kind == "meds":
        known = [name for name in folder.manifest["static_fill"] if name != "age"]
        flags = [name for name in known if f"{name}_missing" not in folder.static_names]
        settings["static"] = list(dict.fromkeys([*flags, *settings.get("static", ["*"])]))
    return spec, settings


def translated(folder: "Folder", kind: str, *, labels: bool) -> tuple["Spec", dict[str, Any]]:
    """The spec of a folder in the codes of another kind of records, and the settings that come with these."""
    from aition.data.readers import spec_of
    from aition.data.readers.alike import check_agrees, earlier_of

    reader = folder.manifest["reader"]
    was = f"{folder.path} was made of {NAMES.get(reader, reader)}, which has other codes than {kind}"
    if folder.form == "events":
        raise InputError(f"{was}, and its events are codes: give --spec, whose features bring the one to the other")
    earlier, faults = earlier_of(folder), []
    own = f"{kind}-labels" if labels and kind == "meds" else kind
    for name in (own, *(one for one in SPECS if SPECS[one][0] == kind)):
        spec, settled = spec_of(default_spec(name))
        try:
            check_agrees(spec, earlier)
        except InputError as error:
            faults.append(str(error))
        else:
            return replace(spec, window=earlier.spec.window), settled
    raise InputError(
        f"{was}: give --spec with the same window and features in its codes; that of aition ingest spec {own} does not "
        f"fit: {faults[0]}"
    )
