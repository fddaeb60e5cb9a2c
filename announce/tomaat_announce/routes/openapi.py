"""The announcement service's API as OpenAPI 3.1."""

from __future__ import annotations

from tomaat.openapi.parts import PROBLEM, Spec, has, in_path, json_answer, list_of, problem, ref, text
from tomaat_announce import __version__
from tomaat_announce.announcement import LONGEST, LONGEST_OTHER
from tomaat_announce.listing import FACETS
from tomaat_announce.routes.requests import MOST
from tomaat_announce.settings import ServiceSettings
from tomaat_announce.tables import STATES

TEXTS = ("name", *FACETS, "description", "interface_url", "prediction_url")


def describe(settings: ServiceSettings, *, alone: bool = True) -> Spec:
    """The OpenAPI document of a service.

    :param alone: whether it has a server for itself, and with that, health and metrics of its own.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TOMAAT announcement service",
            "version": __version__,
            "description": "Hosts announce their apps here, and clients find them. An endpoint is listed for "
            f"{settings.lifetime:g} s after it was last announced.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": "endpoints"}, {"name": "TOMAAT", "description": "as its first clients and services know it"}]
        + ([{"name": "service"}] if alone else []),
        "paths": _ENDPOINTS | _TOMAAT | (_SERVICE if alone else {}),
        "components": {"schemas": _SCHEMAS, "securitySchemes": _KEYS},
    }


def _query(name: str, description: str, **schema: object) -> Spec:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


def _operation(id: str, summary: str, responses: Spec, *, tag: str = "endpoints", **more: object) -> Spec:
    answers = {"503": problem("The database is away; Retry-After says when to come again")} | responses
    return {"tags": [tag], "operationId": id, "summary": summary, "responses": answers} | more


def _limited(name: str) -> Spec:
    return text() | {"maxLength": LONGEST.get(name, LONGEST_OTHER)}


_SID = in_path("sid", "the endpoint's SID")
_TIME: Spec = {"type": "string", "format": "date-time"}
_CARD: Spec = {"type": "object", "additionalProperties": text()}
_SAID: Spec = {name: _limited(name) for name in TEXTS}
_COUNTS: Spec = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}

_SCHEMAS: Spec = {
    "Problem": PROBLEM,
    "Announcement": has(**_SAID)
    | {
        "properties": _SAID
        | {
            "version": _limited("version"),
            "page_url": _limited("page_url"),
            "card": _CARD,
            "api_key": text("the key, if no header has it"),
        }
    },
    "Endpoint": has(
        sid=text("short, and the same for ever"),
        **_SAID,
        version=text(),
        page_url=text("the app's page, for a browser; empty where the host has said none"),
        card=_CARD,
        state={"type": "string", "enum": list(STATES), "description": "what the last check found"},
        state_since=_TIME | {"type": ["string", "null"]},
        announced=_TIME | {"description": "when it was last announced"},
        first_seen=_TIME,
        last_seen=_TIME | {"description": "when it was last announced, or answered a check"},
        expires=_TIME | {"description": "when it is listed no more, if it is not announced again"},
    ),
    "Endpoints": has(
        endpoints=list_of("Endpoint"),
        next={"type": ["string", "null"], "description": "what `after` is to be for the next page"},
    ),
    "Facets": has(**dict.fromkeys(FACETS, _COUNTS)),
    "Status": has(
        status={"type": "integer", "description": "problems; 0 if there are none"}, error=text("a sentence for each")
    ),
    "TomaatEndpoint": has(
        **_SAID,
        SID=text(),
        creation_time={"type": "number", "description": "seconds since 1970 at which it was last announced"},
        api_key=text("always empty"),
    ),
    "Discovered": list_of("TomaatEndpoint"),
    "Health": has(status=text()) | {"additionalProperties": True},
}
_KEYS: Spec = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_SECURITY: list[Spec] = [{"bearer": []}, {"header": []}]
_FILTERS: list[Spec] = [
    *(_query(name, f"only this {name}, in any case", maxLength=LONGEST_OTHER) for name in FACETS),
    _query("text", "words that must all be in the name, a facet, the description or the URL", maxLength=LONGEST_OTHER),
    _query("alive", "whether it answered when it was last asked", type="boolean"),
]
_PAGE: list[Spec] = [
    _query("limit", "endpoints of one page", type="integer", minimum=1, maximum=MOST, default=100),
    _query("after", "`next` of the page before", pattern="^[0-9]+$"),
]
_REFUSED: Spec = {
    "401": problem("No key, or one that is not good"),
    "429": problem("Too many announcements; Retry-After says when to come again"),
}
_BODY: Spec = {
    "400": problem("The body is no JSON object"),
    "413": problem("The body is too large"),
    "422": problem("A field is missing, or holds what it may not"),
}
_FULL: Spec = {"403": problem("The key has as many endpoints as it may")}
_NONE: Spec = {"404": problem("There is no such endpoint")}
_BAD_FILTER: Spec = {"422": problem("A filter is none")}

_ENDPOINTS: Spec = {
    "/v1/endpoints": {
        "get": _operation(
            "find",
            "The endpoints that are listed, in the order in which they first came",
            {"200": json_answer("A page of them", "Endpoints")} | _BAD_FILTER,
            parameters=[*_FILTERS, *_PAGE],
        ),
        "post": _operation(
            "announce",
            "Announce an endpoint; there is one for each key and prediction URL",
            {"200": json_answer("It was known", "Endpoint"), "201": json_answer("It is new", "Endpoint")}
            | _REFUSED
            | _BODY
            | _FULL,
            requestBody={"required": True, "content": {"application/json": {"schema": ref("Announcement")}}},
            security=[*_SECURITY, {}],
        ),
    },
    "/v1/endpoints/facets": {
        "get": _operation(
            "facets",
            "How many endpoints there are of each modality, anatomy and task",
            {"200": json_answer("The counts", "Facets")} | _BAD_FILTER,
            parameters=_FILTERS,
        )
    },
    "/v1/endpoints/events": {
        "get": _operation(
            "events",
            "What comes and goes, as server-sent events: `appeared`, `changed` and `gone`, each with the endpoint",
            {"200": {"description": "They go on", "content": {"text/event-stream": {"schema": text()}}}},
            parameters=[
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "description": "the id of the last event of a connection that broke",
                    "schema": {"type": "string"},
                }
            ],
        )
    },
    "/v1/endpoints/{sid}": {
        "get": _operation(
            "endpoint", "One endpoint", {"200": json_answer("It", "Endpoint")} | _NONE, parameters=[_SID]
        ),
        "delete": _operation(
            "withdraw",
            "Take an endpoint off the list; it keeps its SID for when it comes back",
            {"204": {"description": "It is off the list"}} | _REFUSED | _NONE,
            parameters=[_SID],
            security=_SECURITY,
        ),
    },
    "/v1/endpoints/{sid}/renew": {
        "post": _operation(
            "renew",
            "Announce an endpoint again, as it is",
            {"200": json_answer("It is listed on", "Endpoint")} | _REFUSED | _FULL | _NONE,
            parameters=[_SID],
            security=_SECURITY,
        )
    },
}
_TOMAAT: Spec = {
    "/announce": {
        "post": _operation(
            "tomaat-announce",
            "Announce an endpoint as TOMAAT's services do, with the key as `api_key`",
            {
                "200": json_answer("What is missing or not known, or that all is well", "Status"),
                "400": json_answer("The body is no JSON object", "Status"),
                "403": json_answer("The key has as many endpoints as it may", "Status"),
                "413": json_answer("The body is too large", "Status"),
                "422": json_answer("A field holds what it may not", "Status"),
                "429": json_answer("Too many announcements; Retry-After says when to come again", "Status"),
                "503": json_answer("The database is away; Retry-After says when to come again", "Status"),
            },
            tag="TOMAAT",
            requestBody={"required": True, "content": {"application/json": {"schema": ref("Announcement")}}},
        )
    },
    "/discover": {
        "get": _operation(
            "tomaat-discover",
            "All endpoints that are listed, as TOMAAT's clients want them; the filters are new",
            {"200": json_answer("The list", "Discovered")} | _BAD_FILTER,
            tag="TOMAAT",
            parameters=_FILTERS,
        )
    },
}
_SERVICE: Spec = {
    "/healthz": {
        "get": _operation("healthz", "The process answers", {"200": json_answer("It does", "Health")}, tag="service")
    },
    "/readyz": {
        "get": _operation(
            "readyz",
            "Its database answers, too",
            {"200": json_answer("It does", "Health"), "503": json_answer("It does not", "Health")},
            tag="service",
        )
    },
    "/metrics": {
        "get": _operation(
            "metrics",
            "Counts for Prometheus",
            {"200": {"description": "All counts", "content": {"text/plain": {"schema": text()}}}},
            tag="service",
        )
    },
}
