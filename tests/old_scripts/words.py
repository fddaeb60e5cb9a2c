# A click command with a group, its configuration in a file beside it, a module beside it, and delayed answers.
import json
import sys

import click
from phrases import Phrase

from tomaat.server import TomaatServiceDelayedResponse

input_interface = [
    {"type": "slider", "destination": "count", "minimum": 0, "maximum": 9},
    {"type": "checkbox", "destination": "loud", "text": "shout"},
    {"type": "radiobutton", "destination": "language", "text": "in", "options": ["en", "it"]},
]
output_interface = [{"type": "PlainText", "field": "said"}, {"type": "PlainText", "field": "how"}]
CALLS = []


class Speaker:
    """Called as the service calls an app: all in one, with the lock of the GPU."""

    def __init__(self, greeting):
        self.greeting = greeting

    def __call__(self, data, gpu_lock=None):
        gpu_lock.acquire()
        CALLS.append(data)
        said = Phrase(self.greeting, data["language"][0]).say(data["loud"][0] == "True")
        how = [type(data[key][0]).__name__ for key in ("count", "loud", "language")]
        return {"said": [said * int(data["count"][0])], "how": [(how, len(CALLS), sys.argv[1:], __name__)]}


@click.group()
def cli():
    pass


@click.command()
@click.option("--config_file_path")
def start_service(config_file_path):
    with open(config_file_path) as file:
        config = json.load(file)
    service = TomaatServiceDelayedResponse(
        config=config,
        app=Speaker(config["greeting"]),
        input_interface=input_interface,
        output_interface=output_interface,
    )
    if config["announce"]:
        service.start_service_announcement()
    try:
        service.run()
    except Exception as error:
        print("not served:", error)  # noqa: T201


cli.add_command(start_service)

if __name__ == "__main__":
    cli()
