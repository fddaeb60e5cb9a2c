"""Spleen segmentation from a CT of the abdomen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from tomaat import (
    Checkbox,
    Context,
    Data,
    IntensityRange,
    LabelVolume,
    PlainText,
    SegmentationApp,
    SegmentationPlan,
    Volume,
    VTKMesh,
    Weights,
    WeightsChoice,
)

if TYPE_CHECKING:
    import SimpleITK as sitk
    import torch

SPLEEN = 1


class Spleen(SegmentationApp):
    """The spleen in a CT of the abdomen, with the U-Net and the processing of pl-monai_spleenseg and of MONAI's
    spleen tutorial. The label map lies on the image's own grid. Its weights are uploaded: none come with it."""

    name = "spleen"
    title = "Spleen segmentation"
    modality, anatomy, task = "CT", "spleen", "Segmentation"
    inputs = (
        Volume("image", text="CT of the abdomen", help="In Hounsfield units, with the whole spleen in it."),
        WeightsChoice("weights", text="Weights", help="Which of the trained networks finds the spleen."),
        Checkbox(
            "largest",
            text="Only the largest component",
            default=False,
            help="Leaves out small pieces elsewhere that were taken for spleen, and an accessory spleen with them.",
        ),
    )
    outputs = (
        LabelVolume("labels", labels={SPLEEN: {"name": "spleen", "color": "#9a6324"}}),
        VTKMesh("surface", field="labels"),
        PlainText("report"),
    )
    weights = Weights(
        formats=("pth", "safetensors", "ts", "onnx"),
        architecture="MONAI UNet, 3-D, 1 to 2 channels, (16, 32, 64, 128, 256), 2 residual units, batch norm",
    )
    plan = SegmentationPlan(
        window=(160, 160, 160),
        orientation="RAS",
        spacing=(1.5, 1.5, 2.0),
        intensity=IntensityRange(-57, 164),
        crop_foreground=True,
        overlap=0.25,
        classes=2,
    )
    card: ClassVar[dict[str, str]] = {
        "authors": "FNNDSC, Boston Children's Hospital (pl-monai_spleenseg, pfms); the MONAI consortium (spleen "
        "tutorial); the TOMAAT developers (app)",
        "citation": "Kerfoot et al. 2018, Left-Ventricle Quantification Using Residual U-Net, "
        "doi:10.1007/978-3-030-12029-0_40 (network); Simpson et al. 2019, A large annotated medical image dataset for "
        "the development and evaluation of segmentation algorithms, arXiv:1902.09063 (the tutorial's images)",
        "licence": "Apache-2.0 (app; MONAI and its tutorials), MIT (pl-monai_spleenseg); weights have their own",
        "source": "https://github.com/FNNDSC/pl-monai_spleenseg, "
        "https://github.com/Project-MONAI/tutorials/blob/main/3d_segmentation/spleen_segmentation_3d.ipynb",
        "intended_use": "Research: the spleen's shape and volume in CT of the abdomen, with weights of one's own.",
        "limits": "It is as good as the weights that it is given, and they decide for which patients and scanners. "
        "Look at every label map. Not a medical device.",
    }

    def network(self) -> torch.nn.Module:
        from monai.networks.layers.factories import Norm
        from monai.networks.nets.unet import UNet

        network: torch.nn.Module = UNet(
            spatial_dims=3,
            in_channels=1,
            out_channels=2,
            channels=(16, 32, 64, 128, 256),
            strides=(2, 2, 2, 2),
            num_res_units=2,
            norm=Norm.BATCH,
        )
        return network

    def postprocess(self, data: Data, context: Context) -> Data:
        import numpy as np
        import SimpleITK as sitk

        if data["largest"]:
            data["labels"] = largest_piece(data["labels"])
        labels = data["labels"]
        cubic_millimetres = int(np.count_nonzero(sitk.GetArrayViewFromImage(labels))) * math.prod(labels.GetSpacing())
        data["report"] = f"spleen: {cubic_millimetres / 1000:.1f} ml"
        return data


def largest_piece(labels: sitk.Image) -> sitk.Image:
    """The label map with nothing but the largest of its pieces."""
    import numpy as np
    import SimpleITK as sitk

    from tomaat.components import largest_component

    largest = largest_component(sitk.GetArrayViewFromImage(labels) == SPLEEN)
    piece = sitk.GetImageFromArray(largest.view(np.uint8))
    piece.CopyInformation(labels)
    return piece
