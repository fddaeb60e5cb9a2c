# Started as python -m nets.doubling PATH: a network of PyTorch, as a whole pickled model whose class stands here.
import sys

import numpy as np
import SimpleITK as sitk
import torch

from tomaat.frameworks.pytorch import Prediction
from tomaat.server import TomaatApp, TomaatService


class Doubling(torch.nn.Module):
    def forward(self, image):
        return image * 2


def read(data):
    image = sitk.ReadImage(data["image"][0])
    data["original"] = image
    data["array"] = sitk.GetArrayFromImage(image).astype(np.float32)
    return data


def write(data):
    labels = sitk.GetImageFromArray((data["doubled"] > 1000).astype(np.uint8))
    labels.CopyInformation(data["original"])
    return {"labels": [labels]}


if __name__ == "__main__":
    if len(sys.argv) > 2:
        torch.save(Doubling(), sys.argv[1])
    predict = Prediction(sys.argv[1], ["image"], ["array"], ["doubled"], allow_pickle=True)
    TomaatService(
        {"name": "Doubling", "port": 9006},
        TomaatApp(read, predict, write),
        [{"type": "volume", "destination": "image"}],
        [{"type": "LabelVolume", "field": "labels"}],
    ).run()
