"""Brain extraction from a T1-weighted MRI."""

from __future__ import annotations

import math
from typing import ClassVar

from tomaat import App, Context, Data, InvalidInput, LabelVolume, PlainText, Slider, Volume, VTKMesh


class Brain(App):
    """The brain in a T1-weighted MRI of a head, with the networks of deepbet (Fisch et al. 2024): a coarse one finds
    the head, a fine one the brain. The mask is one piece without holes, on the image's own grid."""

    name = "brain"
    title = "Brain extraction"
    modality, anatomy, task = "MRI T1", "brain", "Segmentation"
    inputs = (
        Volume(
            "image",
            text="T1-weighted MRI of a head",
            help="The whole head of a healthy adult.",
        ),
        Slider(
            "threshold",
            text="Probability above which it is brain",
            minimum=0,
            maximum=1,
            step=0.01,
            default=0.5,
            help="Lower takes in more at the brain's edge, higher leaves out more.",
        ),
        Slider(
            "dilation",
            text="Voxels to grow by (below 0: shrink)",
            minimum=-10,
            maximum=10,
            step=1,
            default=0,
            help="Moves the whole edge of the mask. 0 leaves it where the network has found it.",
        ),
    )
    outputs = (
        LabelVolume("mask", labels={1: "brain"}),
        VTKMesh("surface", field="mask"),
        PlainText("report"),
    )
    card: ClassVar[dict[str, str]] = {
        "authors": "Lukas Fisch et al. (networks); the TOMAAT developers (app)",
        "citation": "Fisch et al. 2024, deepbet: Fast brain extraction of T1-weighted MRI using Convolutional Neural "
        "Networks, Computers in Biology and Medicine, doi:10.1016/j.compbiomed.2024.108845",
        "licence": "MIT (networks), Apache-2.0 (app)",
        "source": "deepbet 1.0.2, https://github.com/wwu-mmll/deepbet",
        "intended_use": "Research: brain masks and volumes of healthy adults from T1-weighted MRI.",
        "limits": "Trained on healthy adults: children, lesions, surgery, other contrasts and cropped heads were not "
        "seen. Look at every mask. Not a medical device.",
    }
    preload = ("torch", "SimpleITK", "tomaat_brain.extraction")

    def load(self, context: Context) -> None:
        from tomaat_brain.networks import Networks

        self.networks = Networks.load(context.device)

    def preprocess(self, data: Data, context: Context) -> Data:
        from tomaat.image import to_tensor
        from tomaat.orientation import Orientation

        context.progress(0.02, "orienting the image")
        stored, affine = to_tensor(data["image"])
        data["orientation"] = Orientation.of(affine)
        data["volume"] = data["orientation"].canonical(stored).nan_to_num_()
        return data

    def infer(self, data: Data, context: Context) -> Data:
        import torch

        from tomaat_brain.extraction import brain_probability, find_head

        context.provenance["weights"] = self.networks.digest
        with torch.inference_mode():
            context.progress(0.05, "finding the head")
            volume = data["volume"].to(self.networks.device)
            data["head"] = find_head(volume, self.networks)
            context.progress(0.2, "finding the brain")
            data["probability"] = brain_probability(volume, data["head"], self.networks)
        return data

    def postprocess(self, data: Data, context: Context) -> Data:
        from tomaat.image import Grid, from_tensor
        from tomaat_brain.extraction import brain_mask

        context.progress(0.85, "one piece, no holes")
        image, shape, box = data["image"], data["volume"].shape, data["head"].box
        threshold, dilation = data["threshold"], round(data["dilation"])
        mask = brain_mask(data["probability"], box, shape, threshold, dilation)
        voxels = int(mask.sum())
        if not voxels:
            raise InvalidInput(
                f"A dilation of {dilation} leaves nothing of the brain: shrink it less.", field="dilation"
            )
        context.progress(0.95, "writing the mask")
        data["mask"] = from_tensor(data["orientation"].stored(mask), Grid.of(image))
        millilitres = voxels * math.prod(image.GetSpacing()) / 1000  # mm³ to ml
        data["report"] = f"brain: {millilitres:.1f} ml (threshold {threshold:g}, dilation {dilation})"
        return data
