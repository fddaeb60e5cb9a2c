# Points, transforms and surfaces: everything with coordinates.
import SimpleITK as sitk
import vtk

from tomaat.server import TomaatApp, TomaatService

config = {"name": "Space", "port": 9002, "cert_path": "./my_custom_cert", "host": "https://space.example:9002/"}
iface_in = [{"type": "fiducials", "destination": "fids"}, {"type": "transform", "destination": "trf"}]
iface_out = [
    {"type": "Fiducials", "field": "fids"},
    {"type": "PlainText", "field": "seen"},
    {"type": "TransformGrid", "field": "grid"},
    {"type": "TransformLinear", "field": "linear"},
    {"type": "TransformBSpline", "field": "spline"},
    {"type": "VTKMesh", "field": "mesh", "text": "a ball"},
]


def read(data):
    path = data["trf"][0]
    data["ending"] = path[path.index("trf") :]
    data["field"] = sitk.ReadImage(path) if path.endswith(".nii.gz") else None
    data["transform"] = sitk.ReadTransform(path) if data["field"] is None else sitk.Transform(3, sitk.sitkIdentity)
    return data


def ball(points):
    source = vtk.vtkSphereSource()
    source.SetCenter(*points[0])
    source.Update()
    return source.GetOutput()


app = TomaatApp(
    preprocess_fun=read,
    inference_fun=lambda data: data,
    postprocess_fun=lambda data: {
        "fids": [data["fids"][0] + [1, 2, 3]],
        "seen": [(data["fids"][0].tolist(), data["ending"], data["transform"].GetName())],
        "grid": [-data["field"] if data["field"] is not None else sitk.Image([4, 4, 4], sitk.sitkVectorFloat64, 3)],
        "linear": [data["transform"] if data["transform"].IsLinear() else sitk.Euler3DTransform()],
        "spline": [data["transform"].Downcast() if data["ending"] == "trf.h5" else spline()],
        "mesh": [ball(data["fids"][0])],
    },
)


def spline():
    return sitk.BSplineTransformInitializer(sitk.Image([8, 8, 8], sitk.sitkUInt8), [2, 2, 2])


if __name__ == "__main__":
    TomaatService(config, app, iface_in, iface_out).run()
