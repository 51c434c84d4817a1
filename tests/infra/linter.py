"""What the Bicep compiler would say about names and modules. Property types are left to the compiler."""

import re

from tests.infra.bicep import Template, load

_FUNCTIONS = {
    "concat", "contains", "empty", "environment", "guid", "items", "join", "length", "range", "replace", "split",
    "string", "subscription", "subscriptionResourceId", "take", "tenant", "toLower", "union", "uniqueString",
}  # fmt: skip
_DECORATORS = {"allowed", "description", "maxLength", "maxValue", "metadata", "minLength", "minValue"}
_DECLARATIONS = {"param", "var", "resource", "module", "output"}
_KEYWORDS = {"targetScope", "existing", "for", "in", "if", "true", "false", "null"} | _DECLARATIONS
_TYPES = {"string", "int", "bool", "object", "array"}


def faults(template: Template) -> list[str]:
    """Every fault of one file, each as a sentence that names it; an empty list is a clean file."""
    found: list[str] = []
    declared = {
        name for kind in ("parameters", "variables", "resources", "modules") for name in template.declared(kind)
    }
    local = {
        name for loop in re.findall(r"\[for \(?([\w, ]+?)\)? in ", template.text) for name in re.split(r",\s*", loop)
    }
    used = set()
    for before, word, after in template.words:
        if before == "@":
            if word not in _DECORATORS:
                found.append(f"unknown decorator {word}")
        elif before == "." or before in _DECLARATIONS or (after == ":" and before in {"\n", "{", ","}):
            continue  # a property, the name that is being declared, an object key
        elif word in _KEYWORDS:
            continue
        elif after == "(":
            if word not in _FUNCTIONS:
                found.append(f"unknown function {word}")
        elif word in declared or word in local:
            used.add(word)
        elif word not in _TYPES:
            found.append(f"undefined name {word}")
    found += [
        f"unused {kind[:-1]} {name}"
        for kind in ("parameters", "variables")
        for name in template.declared(kind)
        if name not in used
    ]
    return found + _module_faults(template)


def _module_faults(template: Template) -> list[str]:
    found = []
    for name, (path, given) in template.modules().items():
        if not path.is_file():
            found.append(f"module {name}: there is no {path.name}")
            continue
        module = load(path)
        found += [f"module {name} has no parameter {key}" for key in given if key not in module.declared("parameters")]
        found += [f"module {name} needs {key}" for key in sorted(module.required_parameters() - set(given))]
        found += [
            f"module {name} has no output {output}"
            for output in re.findall(rf"\b{name}\.outputs\.(\w+)", template.text)
            if output not in module.declared("outputs")
        ]
    return found
