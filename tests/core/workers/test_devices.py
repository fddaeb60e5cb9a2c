"""Which devices there are, and what is said of one that is not."""

from __future__ import annotations

import pytest

from tomaat.errors import InvalidInput, WorkerNotStarted
from tomaat.workers.devices import absent, check_device, choose_device, preferred, present_devices, usual_devices


@pytest.mark.parametrize("device", ["cpu", "cuda:0", "cuda:17"])
def test_a_name_of_a_device(device: str) -> None:
    check_device(device)


@pytest.mark.parametrize(
    "device", ["", "gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:01", "cuda:1234", "CPU", "cpu\n"]
)
def test_another_name_is_refused(device: str) -> None:
    with pytest.raises(InvalidInput, match="cpu, cuda:0, cuda:1") as refused:
        check_device(device)
    assert refused.value.field == "device"


def test_the_processor_is_always_there() -> None:
    assert present_devices()[0] == "cpu"
    assert choose_device("cpu") == choose_device("cpu", asked=True) == "cpu"
    assert choose_device("") == preferred(present_devices())


def test_a_gpu_is_preferred() -> None:
    assert preferred(["cpu"]) == "cpu"
    assert preferred(["cpu", "cuda:0", "cuda:1"]) == "cuda:0"


def test_nobody_s_choice_is_any_gpu_unless_the_app_computes_too_little_for_one() -> None:
    assert usual_devices(["cpu", "cuda:0", "cuda:1"], holds_device=True) == ["cuda:0", "cuda:1"]
    assert usual_devices(["cpu", "cuda:0"], holds_device=False) == ["cpu"]
    assert usual_devices(["cpu"], holds_device=True) == ["cpu"]


def test_who_asks_for_a_device_that_is_not_there_is_told() -> None:
    with pytest.raises(InvalidInput, match=r"no device 'cuda:97' for this app; there is: cpu") as refused:
        choose_device("cuda:97", asked=True)
    assert refused.value.field == "device"
    assert str(absent("cuda:97", present_devices())) == str(refused.value)


def test_settings_that_name_one_are_the_host_s_fault() -> None:
    with pytest.raises(WorkerNotStarted, match=r"settings ask for the device 'cuda:97'; this host has cpu"):
        choose_device("cuda:97")
