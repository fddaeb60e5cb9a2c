# A service that is announced: python announced.py URL KEY.
import sys

from tomaat.server import TomaatApp, TomaatService

config = {
    "name": "Words",
    "modality": "Any",
    "task": "Talk",
    "anatomy": "Any",
    "description": "Talks.",
    "port": 9001,
    "announce": True,
    "api_key": sys.argv[2],
    "host": "https://words.example:9001",
}
app = TomaatApp(lambda data: data, lambda data: data, lambda data: data)
iface_in = [{"type": "checkbox", "destination": "box", "text": "box"}]
service = TomaatService(config, app, iface_in, [{"type": "PlainText", "field": "box"}])
if config["announce"]:
    service.start_service_announcement(announcement_server_url=sys.argv[1], delay=900)
service.run()
