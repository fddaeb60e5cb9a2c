"""What an administrator does with workers and plugins, as OpenAPI says it."""

from __future__ import annotations

from tomaat.openapi.parts import Spec, in_path, json_answer, problem

_APP = in_path("app", "the app's name")
_NO_APP = problem("There is no such app")

OPERATING: Spec = {
    "/v1/apps/{app}/warm": {
        "post": {
            "tags": ["host"],
            "operationId": "warm",
            "summary": "Start a worker of an app, unless one is there, and wait until it is warm",
            "parameters": [_APP],
            "responses": {
                "200": json_answer("The app, with a worker", "App"),
                "404": _NO_APP,
                "500": problem("It needs more memory than its device has"),
                "503": problem("The worker could not be started; the sentence says why"),
            },
        }
    },
    "/v1/apps/{app}/stop": {
        "post": {
            "tags": ["host"],
            "operationId": "stop",
            "summary": "End an app's idle workers now, and the others when their jobs are done",
            "parameters": [_APP],
            "responses": {"202": json_answer("The app, whose workers end", "App"), "404": _NO_APP},
        }
    },
    "/v1/plugins/reload": {
        "post": {
            "tags": ["host"],
            "operationId": "reload",
            "summary": "Take in plugins that were installed, upgraded or removed",
            "responses": {"200": json_answer("What is other than before", "Reloaded")},
        }
    },
}
