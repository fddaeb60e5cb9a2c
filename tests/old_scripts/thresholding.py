# Labels what is brighter than the mean, as the first example of the first TOMAAT did: without a guard, with np.float.
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

import numpy as np
import SimpleITK as sitk

from tomaat.server import TomaatApp, TomaatService

config = {
    "name": "Thresholding (old)",
    "modality": "CT",
    "task": "Segmentation",
    "anatomy": "Any",
    "description": 'Brighter than the "mean".',
    "port": 9000,
    "announce": False,
    "api_key": "",
}

iface_in = [{"type": "volume", "destination": "images"}]
iface_out = [{"type": "LabelVolume", "field": "images", "label": "test"}]


def preprocess(data):
    return {"images": [sitk.ReadImage(data["images"][0])]}


def inference(data):
    image = data["images"][0]
    voxels = sitk.GetArrayFromImage(image)
    return voxels >= np.mean(voxels), image


def postprocess(output):
    mask, image = output
    labels = sitk.GetImageFromArray(mask.astype(np.float))
    labels.CopyInformation(image)
    return {"images": [labels]}


my_service = TomaatService(config, TomaatApp(preprocess, inference, postprocess), iface_in, iface_out)

my_service.run()
