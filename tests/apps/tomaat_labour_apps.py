"""An app that works hard in another language, and hears nothing meanwhile."""

from __future__ import annotations

from tomaat import App, Context, Data, PlainText, Slider, hookimpl


class Labour(App):
    """One long call of ITK, which keeps the interpreter's lock all the time: no other thread of its process runs."""

    name = "labour"
    holds_device = False
    timeout = 120.0
    inputs = (Slider("steps", minimum=1, maximum=10_000_000, default=1),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        import SimpleITK as sitk

        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
        speckled = sitk.AdditiveGaussianNoise(sitk.Image([24, 24, 24], sitk.sitkFloat32))
        smooth = sitk.CurvatureAnisotropicDiffusion(speckled, 0.05, numberOfIterations=int(data["steps"]))
        return {"answer": f"{sitk.GetArrayViewFromImage(smooth).std():g}"}


@hookimpl
def tomaat_apps(register) -> None:
    register(Labour)
