"""The Python way to call a host: :class:`Client`, and :class:`AsyncClient` for asyncio."""

from tomaat.client.aio import AsyncClient, AsyncJob
from tomaat.client.sync import Client, Job
from tomaat.client.views import Broken, Input, Interface, JobView, Output, RemoteApp, Result
from tomaat.client.weights import RemoteWeights

__all__ = [
    "AsyncClient",
    "AsyncJob",
    "Broken",
    "Client",
    "Input",
    "Interface",
    "Job",
    "JobView",
    "Output",
    "RemoteApp",
    "RemoteWeights",
    "Result",
]
