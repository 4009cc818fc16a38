"""Makes the pictures of the pages anew: ``python docs/_ext/pictures.py`` [PAGE …]."""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parents[1]
PICTURES = {
    "dream": ("dreams.png",),
    "tutorial": ("sample.png", "summary.png"),
    "trim": ("trim_bands.png", "trim_frames.png"),
}
"""By page, what its Python saves in the folder where it runs."""


def main() -> None:
    """Run the Python of each page up to its pictures, and keep them."""
    os.environ["MPLBACKEND"] = "agg"
    for page in sys.argv[1:] or PICTURES:
        make(page, PICTURES[page])


def make(page: str, pictures: tuple[str, ...]) -> None:
    names: dict[str, object] = {"__name__": "__page__"}
    text = (DOCS / f"{page}.md").read_text()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for code in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            exec(code, names)
            if all(Path(name).is_file() for name in pictures):
                break
        for name in pictures:
            shutil.copy(name, DOCS / "pictures" / name)
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
