"""Apps that do next to nothing, so that what is measured is the platform. Installed as a plugin by the benchmarks."""

from __future__ import annotations

from tomaat import App, Context, Data, PlainText, Volume, hookimpl
from tomaat.hookspecs import RegisterApp


class BenchTorch(App):
    """A small convolutional network on a small volume: all that a torch app has to import and to load."""

    name = "bench-torch"
    inputs = (Volume("image"),)
    outputs = (PlainText("answer"),)
    preload = ("torch", "tomaat.image")

    def load(self, context: Context) -> None:
        import torch

        torch.manual_seed(0)
        layers = [torch.nn.Conv3d(channels, 16, 3, padding=1) for channels in (1, 16, 16, 16)]
        self.network = torch.nn.Sequential(*layers).eval()

    def infer(self, data: Data, context: Context) -> Data:
        import torch

        from tomaat.image import to_tensor

        with torch.inference_mode():
            found = self.network(to_tensor(data["image"])[0].float()[None, None])
        return {"answer": f"{float(found.mean()):g}"}


class BenchUpload(App):
    """Takes a volume, and says how large it is."""

    name = "bench-upload"
    holds_device = False
    inputs = (Volume("image"),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        return {"answer": f"{data['image'].GetNumberOfPixels()} voxels"}


@hookimpl
def tomaat_apps(register: RegisterApp) -> None:
    for app in (BenchTorch, BenchUpload):
        register(app)
