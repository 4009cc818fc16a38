"""The wheel ships what others wrote: their licences are named, and their texts come along."""

import json
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_all_that_the_page_is_built_of_has_its_licence_in_the_wheel():
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    kept = {path.name for pattern in stated["license-files"] for path in ROOT.glob(pattern)}
    built = json.loads((ROOT / "frontend" / "package.json").read_text())["dependencies"]
    wanted = {f"{name.removeprefix('@').replace('/', '-')}-MIT.txt" for name in built}
    assert wanted | {"LICENSE", "LICENSE.txt", "inter-OFL-1.1.txt"} == kept
    assert stated["license"] == "Apache-2.0 AND MIT AND OFL-1.1"
