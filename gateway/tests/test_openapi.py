"""The system's one OpenAPI document, made of the services' own."""

import json

from gateway.openapi_merge import merge, public_part

PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}}}


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def document(paths, schemas, **more):
    return {
        "openapi": "3.1.0",
        "info": {"title": "one", "version": "1"},
        "paths": {
            path: {
                "get": {
                    "operationId": "list",
                    "tags": ["things"],
                    "responses": {"200": {"content": {"application/json": {"schema": reference(name)}}}},
                }
            }
            for path, name in paths.items()
        },
        "components": {"schemas": schemas, **more},
        "tags": [{"name": "things"}, {"name": "secret things"}],
    }


def everything(_path):
    return True


def schema_of(merged, path):
    return merged["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def test_only_what_is_public_is_in_it():
    part = public_part(
        "book-service",
        document(
            {"/books": "Book", "/internal/offers": "Offer"},
            {"Book": {"properties": {"by": reference("Author")}}, "Author": {}, "Offer": {}},
        ),
        lambda path: path.startswith("/books"),
    )
    merged = merge([part])
    assert list(merged["paths"]) == ["/books"]
    assert set(merged["components"]["schemas"]) == {"Book", "Author"}
    assert merged["tags"] == [{"name": "things"}]


def test_the_same_component_of_two_services_is_one():
    parts = [
        public_part(f"{name}-service", document({f"/{name}": "Problem"}, {"Problem": PROBLEM}), everything)
        for name in ("book", "order")
    ]
    assert merge(parts)["components"]["schemas"] == {"Problem": PROBLEM}


def test_different_components_of_one_name_get_a_prefix_with_all_that_refer_to_them():
    page = {"properties": {"items": {"items": reference("Item")}}}
    parts = [
        public_part(
            "book-service", document({"/books": "Page"}, {"Page": page, "Item": {"title": "a book"}}), everything
        ),
        public_part(
            "order-service", document({"/orders": "Page"}, {"Page": page, "Item": {"title": "a line"}}), everything
        ),
    ]
    merged = merge(parts)
    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"BookPage", "BookItem", "OrderPage", "OrderItem"}
    assert schema_of(merged, "/orders") == reference("OrderPage")
    assert schemas["OrderPage"]["properties"]["items"]["items"] == reference("OrderItem")
    assert schemas["OrderItem"] == {"title": "a line"}


def test_a_discriminators_mapping_is_renamed_too():
    def pet(kind):
        mapping = {kind: "#/components/schemas/Pet"}
        return {
            "Any": {"oneOf": [reference("Pet")], "discriminator": {"propertyName": "kind", "mapping": mapping}},
            "Pet": {"title": kind},
        }

    parts = [
        public_part(f"{kind}-service", document({f"/{kind}": "Any"}, pet(kind)), everything) for kind in ("cat", "dog")
    ]
    schemas = merge(parts)["components"]["schemas"]
    assert schemas["DogAny"]["discriminator"]["mapping"] == {"dog": "#/components/schemas/DogPet"}


def test_operation_ids_are_unique():
    parts = [public_part(f"{name}-service", document({f"/{name}/{{id}}": "X"}, {"X": {}}), everything) for name in "ab"]
    merged = merge(parts)
    ids = [item["get"]["operationId"] for item in merged["paths"].values()]
    assert ids == ["list", "get_b_id"]


async def test_the_gateway_serves_the_document(start_gateway, upstream):
    scheme = {"Bearer": {"type": "oauth2", "flows": {"password": {"tokenUrl": "token", "scopes": {}}}}}
    paths = {"/books": "Problem", "/orders/{id}": "Problem", "/internal/x": "Problem", "/metrics": "Problem"}

    async def behave(request, wire):
        assert request.target == "/openapi.json"
        await wire.answer(json.dumps(document(paths, {"Problem": PROBLEM}, securitySchemes=scheme)).encode())

    upstream.behave = behave
    gateway = await start_gateway(shop_name="Corner")
    answer = await gateway.request("GET", "/openapi.json")
    served = json.loads(answer.body)
    assert served["openapi"] == "3.1.0"
    assert served["info"]["title"] == "Corner API"
    assert served["servers"] == [{"url": "/"}]
    assert set(served["paths"]) == {"/books", "/orders/{id}"}
    assert served["components"]["securitySchemes"]["Bearer"]["flows"]["password"]["tokenUrl"] == "/auth/login/"
    described = served["paths"]["/books"]["get"]["responses"]
    assert {"400", "414", "503", "504"} < set(described)
    assert described["504"]["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    # The stand-in for auth-service has no document.
    assert "auth-service does not answer at the moment: its part is missing" in served["info"]["description"]
    asked = len(upstream.requests)
    await gateway.request("GET", "/openapi.json")
    assert len(upstream.requests) == asked


SECURED = {
    "/books": "Problem",
    "/books/{id}/stock": "Problem",
    "/auth/me": "Problem",
    "/auth/login": "Problem",
    "/auth/users": "Problem",
}


async def described(start_gateway, upstream, **settings):
    scheme = {"Bearer": {"type": "oauth2", "flows": {"password": {"tokenUrl": "token", "scopes": {}}}}}

    async def behave(_request, wire):
        parts = document(SECURED, {"Problem": PROBLEM}, securitySchemes=scheme)
        parts["paths"]["/books"]["post"] = {"responses": {"429": {"description": "of its own"}}, "requestBody": {}}
        await wire.answer(json.dumps(parts).encode())

    upstream.behave = behave
    gateway = await start_gateway(auth_url=upstream.url, **settings)
    return json.loads((await gateway.request("GET", "/openapi.json")).body)


async def test_the_document_says_who_may_call_what_with_which_credentials(start_gateway, upstream):
    served = await described(start_gateway, upstream)
    token, key, nothing = {"Bearer": []}, {"ApiKey": []}, {}
    security = {path: item["get"].get("security") for path, item in served["paths"].items()}
    assert security == {
        "/books": [token, key, nothing],
        "/books/{id}/stock": [token, key, nothing],
        "/auth/me": [token],
        "/auth/login": None,
        "/auth/users": [token, key],
    }
    assert served["paths"]["/books"]["post"]["security"] == [token, key]
    assert served["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"
    private = await described(start_gateway, upstream, storefront="private")
    assert private["paths"]["/books"]["get"]["security"] == [token, key]


async def test_the_document_says_where_limits_are_and_how_they_are_told(start_gateway, upstream):
    served = await described(start_gateway, upstream)
    for item in served["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                retry = {"Retry-After"} if status == "429" else set()
                assert set(answer["headers"]) == {"RateLimit", "RateLimit-Policy"} | retry
            assert "429" in operation["responses"]
    assert served["paths"]["/books"]["post"]["responses"]["429"]["description"] == "of its own"
    assert set(served["components"]["headers"]) == {"RateLimit", "RateLimit-Policy", "Retry-After"}
    none = dict.fromkeys(("limit_account", "limit_key", "limit_address"), "")
    unlimited = await described(start_gateway, upstream, **none)
    assert "429" not in unlimited["paths"]["/books"]["get"]["responses"]


async def test_a_service_that_is_down_contributes_what_it_said_last(start_gateway, upstream, monkeypatch):
    async def behave(_request, wire):
        await wire.answer(json.dumps(document({"/books": "Problem"}, {"Problem": PROBLEM})).encode())

    async def broken(_request, wire):
        await wire.answer(b"<html>", status="500 Internal Server Error")

    monkeypatch.setattr("gateway.openapi.KEEP_SECONDS_WITH_GAPS", 0)
    upstream.behave = behave
    gateway = await start_gateway()
    await gateway.request("GET", "/openapi.json")
    upstream.behave = broken
    served = json.loads((await gateway.request("GET", "/openapi.json")).body)
    assert "/books" in served["paths"]
    assert (
        "The book-service does not answer at the moment: its part is as it was last seen."
        in served["info"]["description"]
    )
