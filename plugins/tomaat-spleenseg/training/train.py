"""Trains the spleen network on synthetic abdomens, so that there are weights whose label maps mean something."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import torch
from monai.inferers import sliding_window_inference
from monai.losses import DiceCELoss

from patches import Patches, prepared
from synthetic import synthetic_abdomen
from tomaat_spleenseg.app import Spleen

WARM_UP = 0.05
"""The share of the training in which the learning rate rises; from the half on it falls to nothing."""
SETTLED = 0.5
"""The share after which batch norms keep their statistics: those of a few patches are not those of a whole window."""


@dataclass(frozen=True)
class Recipe:
    """How long, and on what.

    :ivar steps: after how many it ends; the same steps give the same weights on the same machine.
    :ivar minutes: when it ends, where ``steps`` is 0.
    :ivar abdomens: how many volumes are made to draw patches from.
    :ivar patch: the side of a patch, in voxels.
    :ivar batch: patches in a step.
    :ivar rate: the highest learning rate.
    """

    steps: int = 0
    minutes: float = 5.0
    abdomens: int = 12
    patch: int = 48
    batch: int = 4
    rate: float = 4e-3
    seed: int = 0

    def parts(self) -> Iterator[float]:
        """How much of the training is done, before each step."""
        start, step = time.monotonic(), 0
        while (done := step / self.steps if self.steps else (time.monotonic() - start) / 60 / self.minutes) < 1:
            yield done
            step += 1


def ready_to_learn(network: torch.nn.Module) -> torch.nn.Module:
    """The network with biases all over the range of what they are added to.

    The spleen is neither the brightest nor the darkest thing in a CT. From MONAI's own start, where all units bend at
    the same brightness, it takes many times as long until the network tells it from what is brighter.
    """
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            torch.nn.init.uniform_(module.bias, -1.5, 1.5)
        elif isinstance(module, torch.nn.PReLU):
            torch.nn.init.constant_(module.weight, 0.05)
    return network


def train(recipe: Recipe) -> torch.nn.Module:
    """The network, trained as ``recipe`` says, ready to be evaluated."""
    torch.manual_seed(recipe.seed)
    patches = Patches.make(recipe.abdomens, (recipe.patch,) * 3, np.random.default_rng(recipe.seed))
    network = ready_to_learn(Spleen().network()).to(memory_format=torch.channels_last_3d)
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.rate)
    loss_of = DiceCELoss(to_onehot_y=True, softmax=True, squared_pred=True, batch=True)
    for step, done in enumerate(recipe.parts()):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * min(1, (done + 1e-3) / WARM_UP, 2 * (1 - done))
        if done >= SETTLED:
            keep_statistics(network)
        images, truths = patches.draw(recipe.batch)
        with fast_arithmetic():
            logits = network(images.contiguous(memory_format=torch.channels_last_3d))
        loss = loss_of(logits.float(), truths)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            click.echo(f"step {step}, {100 * done:.0f} %, loss {loss.item():.3f}")
    return network.eval()


def keep_statistics(network: torch.nn.Module) -> None:
    """Have batch norms use what they have gathered, as they do when the network is used."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            module.eval()


def fast_arithmetic() -> AbstractContextManager[object]:
    """bfloat16 where the processor multiplies it; elsewhere it would be slower than float32."""
    able = getattr(torch.cpu, "get_capabilities", dict)()
    return torch.autocast("cpu", torch.bfloat16) if able.get("avx512_bf16") else nullcontext()


def dice(network: torch.nn.Module, seed: int) -> float:
    """Dice to the truth of an abdomen that was not trained on, with the windows of pfms."""
    image, truth = prepared(*synthetic_abdomen(np.random.default_rng(seed), (256, 200, 90), (1.5, 1.5, 4.0)))
    with torch.inference_mode(), fast_arithmetic():
        logits = sliding_window_inference(image[None], (160, 160, 160), 1, network, overlap=0.25)
    found, known = logits.argmax(1)[0] == 1, truth[0] == 1
    return float(2 * (found & known).sum() / (found.sum() + known.sum()))


def save(network: torch.nn.Module, path: Path) -> None:
    """A plain state dict, which appears under its name only when it is whole."""
    part = path.with_name(f".{path.name}.part")
    torch.save({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, part)
    os.replace(part, path)


@click.command(context_settings={"show_default": True})
@click.argument("weights", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--minutes", default=Recipe.minutes, help="How long to train.")
@click.option("--steps", default=Recipe.steps, help="How many steps to train, whatever time they take; 0: --minutes.")
@click.option("--abdomens", default=Recipe.abdomens, help="How many synthetic abdomens to train on.")
@click.option("--patch", default=Recipe.patch, help="Side of a patch, in voxels; a multiple of 16.")
@click.option("--batch", default=Recipe.batch, help="Patches in a step.")
@click.option("--rate", default=Recipe.rate, help="The highest learning rate.")
@click.option("--seed", default=Recipe.seed, help="Of the abdomens, the patches and the first weights.")
@click.option("--check", default=3, help="How many other abdomens to print the Dice of.")
def main(
    weights: Path, minutes: float, steps: int, abdomens: int, patch: int, batch: int, rate: float, seed: int, check: int
) -> None:
    """Train the spleen network on synthetic abdomens, and write a state dict to WEIGHTS."""
    network = train(Recipe(steps, minutes, abdomens, patch, batch, rate, seed))
    save(network, weights)
    for number in range(check):
        click.echo(f"Dice {dice(network, 1_000_000 + seed + number):.4f}")


if __name__ == "__main__":
    main()
