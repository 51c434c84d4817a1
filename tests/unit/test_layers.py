"""Who may import whom: reads the imports of every module and fails on anything but the table."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

DESIGN = ROOT / "docs" / "design.md"
GROUND = ("settings", "errors", "deadline", "log")


def rooms() -> dict[str, set[str]]:
    """The table of docs/design.md: each room, and the rooms that it may import."""
    text = DESIGN.read_text(encoding="utf-8").partition("| room | may import |")[2]
    rows = [line.strip("| ").split("|") for line in text.partition("\n\n")[0].splitlines()[2:]]
    return {
        room.strip(): {name.strip() for name in "".join(allowed).split(",") if name.strip()} for room, *allowed in rows
    }


MAY_IMPORT = rooms()
ONLY_IN: dict[str, set[str]] = {
    "requests": {
        *("shared.microsoft.session", "shared.microsoft.watchman", "shared.microsoft.msal_sign_in"),
        "shared.microsoft.graph.transport",
    },
    "urllib3": {"shared.microsoft.session", "shared.microsoft.watchman", "shared.microsoft.graph.transport"},
    "phonenumbers": {"shared.core.phone_kinds", "shared.core.phone_library"},
    "csv": {
        "shared.api.payload.table_head",
        "shared.api.payload.table_rows",
        "shared.core.report_csv",
    },
    "azure.functions": {"function_app"},
    "azure.durable_functions": {"shared.jobs.orchestrate", "shared.jobs.durable"},
    "azure.storage": {"shared.microsoft.storage", "shared.records.blobs"},
    "azure.core": {
        *("shared.microsoft.identity", "shared.microsoft.vault", "shared.microsoft.storage"),
        "shared.records.blobs",
    },
    "defusedxml": {"shared.api.payload.provisioning_xml"},
    "xml": {"shared.api.payload.provisioning_xml"},
}
NOT_AT_MODULE_LEVEL = (
    "azure.durable_functions",
    "azure.identity",
    "azure.keyvault",
    "azure.core",
    "azure.storage",
    "msal",
    "jsonschema",
    "phonenumbers",
    "defusedxml",
)
DOES_NOT_SHIP = ("sandbox", "tests", "dev", "pytest", "hypothesis", "trustme", "aiohttp")

# name imported, and whether that happens when the module is imported
Import = tuple[str, bool]


def modules(folder: str) -> dict[str, Path]:
    """Dotted names and files of a package."""
    paths = sorted(ROOT.joinpath(folder).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


SHARED, SANDBOX = modules("shared"), modules("sandbox")
PRODUCT = {**SHARED, "function_app": ROOT / "function_app.py"}
# What tests share. The files of tests themselves, four times as many, hardly import each other.
HELPERS = {module: path for module, path in modules("tests").items() if not path.name.startswith("test_")}
EVERYTHING = {**PRODUCT, **SANDBOX, **modules("bench"), **HELPERS, "dev": ROOT / "dev.py"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(name: str, path: Path) -> list[Import]:
    """Every name a module imports; what stands under TYPE_CHECKING or in a function is not imported with it."""
    tree = tree_of(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return [
        (imported, at_module_level)
        for node, at_module_level in _import_nodes(tree.body, at_module_level=True)
        for imported in _names(node, package)
    ]


def _import_nodes(body: list[ast.stmt], *, at_module_level: bool) -> Iterator[tuple[ast.stmt, bool]]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, at_module_level
            continue
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _is_type_checking(node)
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(node, field, [])
            yield from _import_nodes(inner, at_module_level=at_module_level and not (later and field == "body"))
        for handler in getattr(node, "handlers", []) + getattr(node, "cases", []):
            yield from _import_nodes(handler.body, at_module_level=at_module_level)


def _is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _names(node: ast.stmt, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def module_of(name: str) -> str | None:
    """The module of this repository that an imported name belongs to."""
    while name and name not in EVERYTHING:
        name = name.rpartition(".")[0]
    return name or None


def room_of(module: str) -> str:
    """The room of a module of the product."""
    if module == "function_app":
        return module
    top = module.split(".")[1] if "." in module else "ground"
    return "ground" if top in GROUND else top


def is_of(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def users_of(packages: Iterable[str], among: Mapping[str, Path], *, at_once: bool = False) -> dict[str, str]:
    """Modules that import one of these packages, and by which name; `at_once`: when they are imported themselves."""
    return {
        module: name
        for module, path in among.items()
        for name, at_module_level in imports(module, path)
        if (at_module_level or not at_once) and any(is_of(name, package) for package in packages)
    }


def test_the_reader_of_imports_sees_them_all(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import a\nfrom b import c\nfrom . import d\nfrom ..e import f\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import g\nelse:\n    import h\ntry:\n    import i\nexcept ImportError:\n    import j\n"
        "class K:\n    import k\n    def m(self):\n        import n\ndef o():\n    if True:\n        from p import q\n"
        "with x:\n    import r\nmatch y:\n    case 1:\n        import s\n"
    )
    found = dict(imports("x.y.module", path))
    assert [name for name, at_once in found.items() if not at_once] == ["g", "n", "p.q"]
    assert [name for name, at_once in found.items() if at_once and "typing" not in name] == [
        *("a", "b.c", "x.y.d", "x.e.f", "h", "i", "j", "k", "r", "s")
    ]


def test_the_table_names_every_room_and_none_that_is_not_there() -> None:
    assert {room_of(module) for module in PRODUCT} == set(MAY_IMPORT)
    assert set().union(*MAY_IMPORT.values()) <= set(MAY_IMPORT)


def test_the_package_has_at_most_a_dozen_entries() -> None:
    entries = [path.name for path in ROOT.joinpath("shared").iterdir() if path.name != "__pycache__"]
    assert len(entries) <= 12


def test_a_module_imports_only_what_the_table_allows() -> None:
    wrong = {
        (module, name)
        for module, path in PRODUCT.items()
        for name, _ in imports(module, path)
        if (used := module_of(name)) not in (None, "shared")
        and room_of(used) not in MAY_IMPORT[room_of(module)] | {room_of(module)}
    }
    assert wrong == set()


def test_nothing_imports_in_a_circle() -> None:
    """Imports for types and inside functions count: they tie files together as much as any other."""
    arrows = {
        module: {found for name, _ in imports(module, path) if (found := module_of(name)) not in (None, module)}
        for module, path in EVERYTHING.items()
    }
    # What imports nothing that is left, or is imported by nothing that is left, is in no circle.
    while free := arrows.keys() - set().union(*arrows.values()) | {m for m in arrows if not arrows[m] & arrows.keys()}:
        for module in free:
            del arrows[module]
    assert {module: sorted(used & arrows.keys()) for module, used in arrows.items()} == {}


def test_the_sandbox_imports_nothing_of_the_product() -> None:
    assert users_of(("shared", "function_app", "tests"), SANDBOX) == {}


def test_the_product_imports_nothing_that_does_not_ship() -> None:
    assert users_of(DOES_NOT_SHIP, PRODUCT) == {}


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_a_library_is_used_only_where_it_belongs(package: str) -> None:
    assert users_of([package], PRODUCT).keys() <= ONLY_IN[package]


def test_the_function_app_imports_the_rest_when_it_is_called() -> None:
    at_once = {name.partition(".")[0] for name, at_once in imports("function_app", PRODUCT["function_app"]) if at_once}
    assert at_once - sys.stdlib_module_names == {"azure"}


def test_the_environment_is_read_only_by_the_wiring_and_for_the_timers() -> None:
    readers = set()
    for module, path in PRODUCT.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv"):
                readers.add(module)
        readers |= {module for name, _ in imports(module, path) if name in ("os.environ", "os.getenv")}
    # Which timers there are is known when the app is indexed.
    assert readers == {"shared.wiring", "function_app"}


def test_slow_libraries_are_imported_where_they_are_first_needed() -> None:
    assert users_of(NOT_AT_MODULE_LEVEL, PRODUCT, at_once=True) == {}
