"""Who may import whom: reads the imports of every module and fails on anything but the table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_WORDS = {"models", "codes", "phone", "address", "wishes"}
_PURE = _WORDS | {"errors"}
_REMOTE = _PURE - {"wishes"} | {"settings", "deadline", "session", "log"}

_JOBS_OF_ROUTES = {"jobs.accept", "jobs.engine"}

# Module of shared/ -> modules of shared/ that it may import. A test below finds modules that are not listed.
MAY_IMPORT: dict[str, set[str]] = {
    "": set(),
    "schemas": set(),
    "phone": set(),
    "errors": set(),
    "deadline": set(),
    "log": set(),
    "session": set(),
    "address": set(),
    "codes": set(),
    "models": {"phone", "address", "codes"},
    "wishes": {"models"},
    "aadsts": set(),
    "handshake": set(),
    "plan": _WORDS,
    "guard": _WORDS,
    "results": _WORDS,
    "source": _WORDS | {"plan"},
    "settings": _PURE,
    "report": _PURE | {"payload"},
    "report_csv": _WORDS | {"report"},
    "audit": _WORDS | {"report", "log"},
    "report_methods": _WORDS | {"report"},
    "apply": _WORDS | {"plan", "results", "deadline"},
    "reconcile": _PURE | {"apply", "plan", "guard", "results", "source", "deadline"},
    "web": _PURE | {"handshake", "reconcile", "report", "source", "plan", "deadline", "log", "jobs.store"},
    "handler": _PURE
    | {*("web", "reconcile", "report", "report_csv", "source", "deadline", "log", "audit"), *_JOBS_OF_ROUTES},
    "single": _PURE | {"web", "reconcile", "report", "report_methods", "source", "deadline", "log"},
    "vault": _REMOTE | {"identity"},
    "identity": _REMOTE,
    "entra": _REMOTE | {"aadsts", "identity"},
    "jobs": set(),
    "jobs.chunks": _WORDS,
    "jobs.credit": _WORDS | {"report", "results"},
    "jobs.engine": set(),
    "jobs.orchestrate": set(),
    "jobs.store": _PURE | {"report", "jobs.chunks"},
    "jobs.durable": {"errors", "jobs.engine"},
    "jobs.accept": _PURE | {"web", "guard", "jobs.chunks", "jobs.engine", "jobs.store"},
    "jobs.activities": _PURE
    | {*("web", "reconcile", "report", "deadline", "log", "audit"), *("jobs.credit", "jobs.store")},
    "jobs.watch": _PURE
    | {*("web", "report", "report_csv", "deadline"), *(f"jobs.{name}" for name in ("accept", "chunks", "credit"))}
    | {"jobs.engine", "jobs.store"},
}
ONLY_IN: dict[str, set[str]] = {
    "requests": {"shared.session", "shared.graph.transport", "shared.entra"},
    "phonenumbers": {"shared.phone"},
    "csv": {"shared.payload.table_rows", "shared.report_csv"},
    "azure.functions": {"function_app"},
    "azure.durable_functions": {"function_app", "shared.jobs.orchestrate", "shared.jobs.durable"},
    "azure.storage": {"shared.wiring", "shared.jobs.store"},
    "azure.core": {"shared.identity", "shared.vault", "shared.jobs.store"},
    "defusedxml": {"shared.payload.provisioning_xml"},
    "xml": {"shared.payload.provisioning_xml"},
}
NOT_AT_MODULE_LEVEL = (
    "azure.identity",
    "azure.keyvault",
    "azure.core",
    "azure.storage",
    "msal",
    "jsonschema",
    "phonenumbers",
    "defusedxml",
)

# name imported, and whether that happens when the module is imported
Import = tuple[str, bool]


def modules(folder: str) -> dict[str, Path]:
    """Dotted names and files of a package."""
    paths = sorted(ROOT.joinpath(folder).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


SHARED, SANDBOX = modules("shared"), modules("sandbox")
_GRAPH, _PAYLOAD = (
    {name.removeprefix("shared.") for name in SHARED if name.startswith(f"shared.{package}")}
    for package in ("graph", "payload")
)
MAY_IMPORT |= {module: _REMOTE | _GRAPH for module in _GRAPH}
MAY_IMPORT |= {module: _PURE | _PAYLOAD for module in _PAYLOAD}
for _route in ("handler", "single"):
    MAY_IMPORT[_route] |= _PAYLOAD
PRODUCT = {**SHARED, "function_app": ROOT / "function_app.py"}


def imports(name: str, path: Path) -> list[Import]:
    """Every name a module imports; what stands under TYPE_CHECKING or in a function is not imported with it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
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


def own(name: str) -> str | None:
    """The module of shared/ that an imported name belongs to."""
    if name.partition(".")[0] != "shared":
        return None
    while name and name not in SHARED:
        name = name.rpartition(".")[0]
    return name.removeprefix("shared").removeprefix(".")


def is_of(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


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


def test_every_module_stands_in_the_table() -> None:
    assert {name.removeprefix("shared").removeprefix(".") for name in SHARED} == {*MAY_IMPORT, "wiring"}


@pytest.mark.parametrize("module", sorted(MAY_IMPORT))
def test_a_module_imports_only_what_the_table_allows(module: str) -> None:
    name = f"shared.{module}" if module else "shared"
    used = {own(imported) for imported, _ in imports(name, SHARED[name])} - {None, module}
    assert used <= MAY_IMPORT[module]


def test_the_function_app_imports_the_routes_and_later_the_wiring() -> None:
    found = imports("function_app", PRODUCT["function_app"])
    assert {own(name) for name, at_once in found if at_once} - {None} == {
        *("handler", "single", "web"),
        *("jobs.activities", "jobs.durable", "jobs.engine", "jobs.orchestrate", "jobs.watch"),
    }
    assert {own(name) for name, at_once in found if not at_once} - {None} == {"wiring"}


@pytest.mark.parametrize("module", sorted(SANDBOX))
def test_the_sandbox_imports_nothing_of_the_product(module: str) -> None:
    used = [
        name
        for name, _ in imports(module, SANDBOX[module])
        if is_of(name, "shared") or is_of(name, "function_app") or is_of(name, "tests")
    ]
    assert used == []


@pytest.mark.parametrize("module", sorted(PRODUCT))
def test_the_product_imports_nothing_that_does_not_ship(module: str) -> None:
    used = [
        name
        for name, _ in imports(module, PRODUCT[module])
        if name.partition(".")[0] in ("sandbox", "tests", "dev", "pytest", "hypothesis", "trustme", "aiohttp")
    ]
    assert used == []


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_a_library_is_used_only_where_it_belongs(package: str) -> None:
    users = {module for module, path in PRODUCT.items() for name, _ in imports(module, path) if is_of(name, package)}
    assert users <= ONLY_IN[package]


def test_the_library_of_durable_functions_is_loaded_by_the_function_app_alone() -> None:
    at_once = {
        module
        for module, path in PRODUCT.items()
        for name, at_module_level in imports(module, path)
        if at_module_level and is_of(name, "azure.durable_functions")
    }
    assert at_once == {"function_app"}


def test_the_environment_is_read_only_by_the_wiring() -> None:
    readers = set()
    for module, path in PRODUCT.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv"):
                readers.add(module)
        readers |= {module for name, _ in imports(module, path) if name in ("os.environ", "os.getenv")}
    assert readers == {"shared.wiring"}


@pytest.mark.parametrize("module", sorted(PRODUCT))
def test_slow_libraries_are_imported_where_they_are_first_needed(module: str) -> None:
    at_once = [
        name
        for name, at_module_level in imports(module, PRODUCT[module])
        if at_module_level and any(is_of(name, package) for package in NOT_AT_MODULE_LEVEL)
    ]
    assert at_once == []
