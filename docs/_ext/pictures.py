"""Makes the pictures of the tutorial anew: ``python docs/_ext/pictures.py``."""

import os
import re
import shutil
import tempfile
from pathlib import Path

DOCS = Path(__file__).parents[1]
NAMES = ("sample.png", "summary.png")


def main() -> None:
    """Run the tutorial's Python up to its pictures, and keep them."""
    os.environ["MPLBACKEND"] = "agg"
    names: dict[str, object] = {"__name__": "__page__"}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for code in re.findall(r"^```python\n(.*?)^```$", (DOCS / "tutorial.md").read_text(), re.MULTILINE | re.DOTALL):
            exec(code, names)
            if all(Path(name).is_file() for name in NAMES):
                break
        for name in NAMES:
            shutil.copy(name, DOCS / "pictures" / name)
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
