"""The torch app without a platform: a new process imports, loads, reads, infers. Prints the inference's seconds."""

from __future__ import annotations

import sys
import time

import numpy as np
import SimpleITK as sitk
import torch


def main() -> None:
    torch.manual_seed(0)
    layers = [torch.nn.Conv3d(channels, 16, 3, padding=1) for channels in (1, 16, 16, 16)]
    network = torch.nn.Sequential(*layers).eval()
    voxels = sitk.GetArrayFromImage(sitk.ReadImage(sys.argv[1])).astype(np.float32)
    begun = time.perf_counter()
    with torch.inference_mode():
        network(torch.from_numpy(voxels)[None, None]).mean()
    sys.stdout.write(f"{time.perf_counter() - begun}\n")


if __name__ == "__main__":
    main()
