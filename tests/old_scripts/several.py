# Two services, each in a process of its own.
from multiprocessing import Process

from tomaat.server import TomaatApp, TomaatService


def service(name, port):
    return TomaatService(
        {"name": name, "port": port},
        TomaatApp(lambda data: data, lambda data: data, lambda data: {"who": [name]}),
        [{"type": "checkbox", "destination": "box", "text": "box"}],
        [{"type": "PlainText", "field": "who"}],
    )


if __name__ == "__main__":
    processes = [Process(target=service(name, port).run) for name, port in (("First", 9004), ("Second", 9005))]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
