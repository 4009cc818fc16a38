"""Data: what comes with packages, tables, files, and what is fetched on request."""

from aition.data.dataset import Card, Dataset
from aition.data.download import FETCHABLE, default_cache, fetch
from aition.data.files import read
from aition.data.folder import Folder, open_folder
from aition.data.frames import from_frame
from aition.data.joined import joined
from aition.data.lossless import write
from aition.data.packaged import available, load
from aition.data.scale import standardise

__all__ = [
    "FETCHABLE",
    "Card",
    "Dataset",
    "Folder",
    "available",
    "default_cache",
    "fetch",
    "from_frame",
    "joined",
    "load",
    "open_folder",
    "read",
    "standardise",
    "write",
]
