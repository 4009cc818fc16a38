"""The rules of import name every module that exists."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

import aition

PACKAGE = Path(aition.__path__[0])
ROOT = Path(__file__).parents[2]
TORCH_FREE = [
    "aition.bench.figures",
    "aition.bench.published",
    "aition.bench.report",
    "aition.bench.rows",
    "aition.bench.student",
    "aition.checks.curve",
    "aition.checks.ranks",
    "aition.core.explanation",
    "aition.store.cube",
    "aition.store.summary",
    "aition.view.plots",
    "aition.view.report",
    "aition.view.web",
]


def contract(name: str, option: str) -> set[str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return set(re.findall(r"[\w.]+", parser[f"importlinter:contract:{name}"][option]))


def modules_of(package: Path) -> set[str]:
    found = [path for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    return {path.stem for path in found if not path.stem.startswith("_")}


def exists(module: str) -> bool:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_every_module_has_a_layer():
    unnamed = sorted({f"aition.{name}" for name in modules_of(PACKAGE)} - contract("rooms", "layers"))
    assert not unnamed, f"name {unnamed} in a layer of .importlinter"


def test_every_folder_of_modules_is_a_package():
    assert {path.parent for path in PACKAGE.rglob("*.py") if not (path.parent / "__init__.py").is_file()} == set()


def test_every_module_without_torch_is_under_contract():
    assert {name for name in TORCH_FREE if exists(name)} <= contract("viewer", "source_modules")


def test_modules_without_torch_do_not_load_it():
    names = [name for name in TORCH_FREE if exists(name)]
    code = f"import importlib, sys; [importlib.import_module(n) for n in {names}]; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
