"""The description keeps to Swagger 2.0 and to what Power Platform asks of a connector.

Sources: Microsoft Learn, "OpenAPI extensions for custom connectors" and "Coding standards" of connector certification;
microsoft/PowerPlatformConnectors, pull request template and schemas.
"""

import re
from collections import Counter

from tests.connector.definition import DEFINITION, Json, follow, operations, schemas

SEED_OPERATIONS = {
    "ListPhonemethods",
    "CreatePhoneauthenticationmethod",
    "GetPhonemethod",
    "UpdatePhoneauthenticationmethod",
    "DeletePhoneauthenticationmethod",
    "EnableSmsSignin",
    "DisableSmsSignin",
}
VISIBILITIES = {"important", "advanced", "internal"}
# The formats that apiDefinition.swagger.schema.json of microsoft/PowerPlatformConnectors allows in a schema.
FORMATS = {"int32", "int64", "float", "double", "byte", "binary", "date", "date-time", "password", "uri"}
PROMISED = {"Website", "Privacy policy", "Categories"}


def test_the_description_is_valid_swagger_2_0(document: Json) -> None:
    from openapi_spec_validator import OpenAPIV2SpecValidator  # a third of a second, which every worker would pay

    assert document["swagger"] == "2.0"
    assert list(OpenAPIV2SpecValidator(document).iter_errors()) == []


def test_the_file_is_smaller_than_a_megabyte_and_ascii_or_utf_8() -> None:
    raw = DEFINITION.read_bytes()
    assert len(raw) < 1_000_000
    assert raw.decode("utf-8").endswith("}\n")


def test_the_operation_ids_are_unique_and_in_pascal_case(document: Json) -> None:
    ids = Counter(operation.id for operation in operations(document))
    assert [name for name, count in ids.items() if count > 1] == []
    assert [name for name in ids if not re.fullmatch(r"([A-Z][a-z]+)+", name)] == []


def test_the_seven_operations_of_the_connector_that_this_replaces_keep_their_names(document: Json) -> None:
    assert {operation.id for operation in operations(document)} >= SEED_OPERATIONS


def test_title_and_description_are_as_the_certification_wants_them(document: Json) -> None:
    info = document["info"]
    assert len(info["title"]) <= 30
    assert not re.search(r"\b(api|connector|power|microsoft|azure|entra)\b", info["title"], re.IGNORECASE)
    assert 30 <= len(info["description"]) <= 500
    assert {"name", "url", "email"} <= info["contact"].keys()


def test_the_connector_metadata_is_complete(document: Json) -> None:
    metadata = {item["propertyName"]: item["propertyValue"] for item in document["x-ms-connector-metadata"]}
    assert metadata.keys() == PROMISED
    assert all(metadata.values())


def test_every_operation_has_a_summary_and_a_description(document: Json) -> None:
    for operation in operations(document):
        summary, description = operation.body["summary"], operation.body["description"]
        assert re.fullmatch(r"[A-Za-z0-9() -]{1,80}", summary), operation.id
        assert 30 <= len(description) <= 500, operation.id
        assert description.endswith("."), operation.id
        assert operation.body["x-ms-visibility"] in VISIBILITIES, operation.id


def test_every_parameter_has_a_summary_a_description_and_a_visibility(document: Json) -> None:
    for operation in operations(document):
        for (place, name), parameter in operation.parameters.items():
            where = f"{operation.id} {place} {name}"
            assert parameter["x-ms-summary"], where
            assert parameter["description"].endswith("."), where
            assert parameter["description"].rstrip(".") != parameter["x-ms-summary"], where
            assert parameter["x-ms-visibility"] in VISIBILITIES, where
            # What is internal is hidden from the maker of a flow, who could not fill it in.
            assert not (parameter["x-ms-visibility"] == "internal" and parameter["required"]), where


def test_every_part_of_the_path_is_a_parameter_that_is_encoded_twice(document: Json) -> None:
    for operation in operations(document):
        in_path = {name for place, name in operation.parameters if place == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", operation.path))
        for name in in_path:
            parameter = operation.parameters["path", name]
            assert (parameter["required"], parameter["x-ms-url-encoding"]) == (True, "double")


def test_every_property_is_named_and_described(document: Json) -> None:
    for name, schema in schemas(document):
        if "$ref" in schema:
            continue
        assert schema["description"].endswith("."), name
        assert "." not in name or schema["x-ms-summary"], name
        assert schema.get("format") in {None, *FORMATS}, name


def test_every_property_of_a_request_body_has_a_visibility(document: Json) -> None:
    def check(schema: Json, where: str) -> None:
        schema = follow(document, schema)
        for key, value in schema.get("properties", {}).items():
            assert value["x-ms-visibility"] in VISIBILITIES, f"{where}.{key}"
            check(value, f"{where}.{key}")
        if "items" in schema:
            check(schema["items"], where)

    for operation in operations(document):
        for parameter in operation.parameters.values():
            if parameter["in"] == "body":
                assert parameter["required"]
                check(parameter["schema"], operation.id)


def test_every_answer_with_a_body_has_a_schema(document: Json) -> None:
    for operation in operations(document):
        for status, response in operation.responses.items():
            assert response["description"].endswith("."), f"{operation.id} {status}"
            assert ("schema" in response) == (status != 204), f"{operation.id} {status}"
        assert len([status for status in operation.responses if status < 300 and status != 202] or [202]) == 1


def test_nothing_is_defined_that_nothing_uses(document: Json) -> None:
    text = DEFINITION.read_text(encoding="utf-8")
    for group in ("definitions", "parameters", "responses"):
        assert [name for name in document[group] if f'"#/{group}/{name}"' not in text] == []


def test_the_function_key_is_a_header_and_every_operation_but_the_check_of_health_needs_it(document: Json) -> None:
    (name,) = document["securityDefinitions"]
    definition = document["securityDefinitions"][name]
    assert (definition["type"], definition["in"], definition["name"]) == ("apiKey", "header", "x-functions-key")
    assert document["security"] == [{name: []}]
    assert [operation.id for operation in operations(document) if "security" in operation.body] == ["CheckHealth"]


def test_only_encrypted_connections_are_described(document: Json) -> None:
    assert document["schemes"] == ["https"]
