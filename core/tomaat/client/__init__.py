"""The Python way to call a host: :class:`Client`, and :class:`AsyncClient` for asyncio."""

from tomaat.client.aio import AsyncClient
from tomaat.client.identity import Identity
from tomaat.client.job import AsyncJob, Job
from tomaat.client.log import LogLine
from tomaat.client.registry import AsyncEndpoint, AsyncRegistry, Endpoint, Registry
from tomaat.client.sync import Client
from tomaat.client.views import Broken, Input, Interface, JobView, Output, RemoteApp, Result
from tomaat.client.weights import RemoteWeights

__all__ = [
    "AsyncClient",
    "AsyncEndpoint",
    "AsyncJob",
    "AsyncRegistry",
    "Broken",
    "Client",
    "Endpoint",
    "Identity",
    "Input",
    "Interface",
    "Job",
    "JobView",
    "LogLine",
    "Output",
    "Registry",
    "RemoteApp",
    "RemoteWeights",
    "Result",
]
