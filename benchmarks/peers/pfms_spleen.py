"""Spleen segmentation as pfms does it, behind a plain server: what ``spleen_ct.py`` measures beside ours.

Written out from the way that pfms and pl-monai_spleenseg work: weights are read for every request, MONAI's dictionary
transforms, fp32, windows of 160 x 160 x 160 in batches of 4, inverted with linear interpolation of both channels,
argmax. Unlike pfms it answers with the label map on the CT's own grid, for that is what is compared.

``POST /infer`` takes a NIfTI volume as its body. ``GET /peak`` tells the most memory that this process has had, in
bytes.
"""

from __future__ import annotations

import resource
import sys
import time
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import nibabel
import numpy as np
import torch
from monai.data import decollate_batch, list_data_collate
from monai.inferers import sliding_window_inference
from monai.networks.layers import Norm
from monai.networks.nets import UNet
from monai.transforms import (
    AsDiscreted,
    Compose,
    CropForegroundd,
    EnsureChannelFirstd,
    Invertd,
    LoadImaged,
    Orientationd,
    ScaleIntensityRanged,
    Spacingd,
)

BEFORE = Compose(
    [
        LoadImaged(keys="image"),
        EnsureChannelFirstd(keys="image"),
        Orientationd(keys=["image"], axcodes="RAS", labels=None),
        Spacingd(keys=["image"], pixdim=(1.5, 1.5, 2.0), mode="bilinear"),
        ScaleIntensityRanged(keys=["image"], a_min=-57, a_max=164, b_min=0.0, b_max=1.0, clip=True),
        CropForegroundd(keys=["image"], source_key="image", allow_smaller=True),
    ]
)
AFTER = Compose(
    [
        Invertd(keys="pred", transform=BEFORE, orig_keys="image", nearest_interp=False, to_tensor=True),
        AsDiscreted(keys="pred", argmax=True),
    ]
)


def segment(ct: Path, weights: Path, target: Path) -> dict[str, float]:
    """Segment ``ct`` into ``target``; returns the seconds of each stage."""
    ticks = [time.perf_counter()]
    network = UNet(
        spatial_dims=3,
        in_channels=1,
        out_channels=2,
        channels=(16, 32, 64, 128, 256),
        strides=(2, 2, 2, 2),
        num_res_units=2,
        norm=Norm.BATCH,
    )
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()
    ticks.append(time.perf_counter())
    batch = list_data_collate([BEFORE({"image": str(ct)})])
    ticks.append(time.perf_counter())
    with torch.no_grad():
        batch["pred"] = sliding_window_inference(batch["image"], (160, 160, 160), 4, network, overlap=0.25)
    ticks.append(time.perf_counter())
    found = AFTER(decollate_batch(batch)[0])["pred"]
    ticks.append(time.perf_counter())
    affine = found.affine.numpy()
    nibabel.save(nibabel.Nifti1Image(found[0].numpy().astype(np.uint8), affine), target)
    ticks.append(time.perf_counter())
    stages = ("weights", "preprocess", "network", "restore", "write")
    return {stage: after - before for stage, before, after in zip(stages, ticks, ticks[1:], strict=False)}


class Handler(BaseHTTPRequestHandler):
    """One request at a time, as pfms's event loop has it."""

    weights: Path

    def do_GET(self) -> None:
        self._answer(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024).encode(), {})

    def do_POST(self) -> None:
        ct, target = Path("ct.nii.gz"), Path("labels.nii.gz")
        ct.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        seconds = segment(ct, self.weights, target)
        self._answer(target.read_bytes(), {name: f"{name};dur={value * 1000:.1f}" for name, value in seconds.items()})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, body: bytes, timings: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Server-Timing", ", ".join(timings.values()))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    warnings.simplefilter("ignore")
    Handler.weights = Path(sys.argv[2])
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
