# What goes wrong in scripts, chosen by a radio button; and labels on a grid of their own.
import SimpleITK as sitk

from tomaat.server import TomaatApp, TomaatService

WAYS = ["crop", "raise", "no field", "no list", "no dictionary", "fractions", "negative", "exit"]
iface_in = [
    {"type": "volume", "destination": "image"},
    {"type": "radiobutton", "destination": "way", "text": "", "options": WAYS},
]
iface_out = [{"type": "LabelVolume", "field": "labels"}]


def infer(data):
    image = sitk.ReadImage(data["image"][0])
    if data["way"][0] == "raise":
        raise ValueError(f"wrong: {data['image'][0]}")
    if data["way"][0] == "exit":
        raise SystemExit(3)
    labels = image > 0
    return {
        "crop": {"labels": [labels[2:5, 2:5, 1:4]]},
        "no field": {"label": [labels]},
        "no list": {"labels": labels},
        "no dictionary": [labels],
        "fractions": {"labels": [sitk.Cast(labels, sitk.sitkFloat32) * 0.9]},
        "negative": {"labels": [-sitk.Cast(labels, sitk.sitkInt16)]},
    }[data["way"][0]]


app = TomaatApp(lambda data: data, infer, lambda data: data)
TomaatService({"name": "Failing", "port": 9003}, app, iface_in, iface_out).run()
