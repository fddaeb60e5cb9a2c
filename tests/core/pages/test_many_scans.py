"""Several scans at once: a job each, a table that fills, results as a zip, numbers as CSV."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import SimpleITK as sitk
from playwright.sync_api import Dialog, Route, expect

from broken_files import truncated_gzip
from browser import Watched
from hosts import RunningHost
from images import ball, file_of, read

SIZES = {"=1+1.nii.gz": (14, 12, 10), "anna.mha": (9, 12, 10), "zoe.nrrd": (14, 7, 10)}
CUT = "cut.nii.gz"
HELD = "zz held.nii.gz"
"""The last of them: it is still being sent when the page is loaded again."""


def test_three_scans_and_a_broken_one(
    watch: Callable[..., Watched], host: RunningHost, http: httpx.Client, tmp_path: Path
) -> None:
    scans = {name: file_of(ball(size), f"scan.{name.partition('.')[2]}") for name, size in SIZES.items()}
    voxels = {name: int((sitk.GetArrayFromImage(ball(size)) > 0).sum()) for name, size in SIZES.items()}
    whole = scans["=1+1.nii.gz"]
    watched = watch(host, viewport={"width": 1100, "height": 760})
    page = watched.open("/apps/positive")
    watched.drop(page.locator(".drop"), {**scans, CUT: truncated_gzip(), HELD: whole})
    expect(page.get_by_text("5 scans:")).to_be_visible()
    sent: list[Route] = []

    def hold(route: Route) -> None:
        """All but the last go on."""
        sent.append(route)
        if len(sent) < 5:
            route.continue_()

    page.route("**/jobs?keep_inputs=true", hold)
    page.get_by_role("button", name="Run 5 jobs").click()
    expect(page.get_by_role("heading", name="5 scans: one job each")).to_be_visible()
    row = {name: page.get_by_role("row", name=re.compile(f"^{re.escape(name)}")) for name in (*scans, CUT, HELD)}
    for name in (*scans, CUT):
        expect(row[name].get_by_role("rowheader").get_by_role("link")).to_be_visible()  # it has a job
    expect(row[HELD]).to_contain_text("sending")
    page.on("dialog", Dialog.accept)  # the browser's own: what is not sent yet would be lost
    page.reload()
    expect(page.get_by_text("3 of 5 done, 2 failed")).to_be_visible()
    expect(row[CUT]).to_contain_text("can't be read")
    expect(row[HELD]).to_contain_text("It was not sent before the page was left.")
    jobs = {job["id"]: job for job in http.get("/v1/jobs?app=positive").json()["jobs"]}
    for name in scans:
        job = jobs[str(row[name].get_by_role("link").get_attribute("href")).rpartition("/")[2]]
        found = job["results"][0]["value"]["1"]
        assert found["voxels"] == voxels[name]
        expect(row[name]).to_contain_text(f"positive {round(found['millilitres'], 1):g} ml")
    row["anna.mha"].get_by_role("button", name="Show").click()
    expect(page.locator(".viewer-readout")).to_contain_text("mm")
    expect(watched.layer("positive")).to_be_checked()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download numbers (CSV)").click()
    download.value.save_as(tmp_path / "numbers.csv")
    check_numbers((tmp_path / "numbers.csv").read_bytes().decode("utf-8-sig"), voxels)
    page.get_by_label("Format of the results").select_option("nrrd")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all results").click()
    download.value.save_as(tmp_path / "results.zip")
    with zipfile.ZipFile(tmp_path / "results.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["_1_1/labels.nrrd", "anna/labels.nrrd", "zoe/labels.nrrd"]
        labels = read(archive.read("zoe/labels.nrrd"), "labels.nrrd")
    assert int(sitk.GetArrayFromImage(labels).sum()) == voxels["zoe.nrrd"]
    page.get_by_role("button", name="Clear this list").click()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('tomaat-batch'))") == []
    assert b"anna" not in http.get("/v1/jobs?app=positive").content  # names of files stay in the browser


def check_numbers(text: str, voxels: dict[str, int]) -> None:
    """A row for each scan, and no cell that a spreadsheet would compute."""
    rows = {row["file"]: row for row in csv.DictReader(io.StringIO(text))}
    assert text.count("\r\n") == 6
    assert set(rows) == {"'=1+1.nii.gz", "anna.mha", "zoe.nrrd", CUT, HELD}
    assert {name: int(rows["'" * name.startswith("=") + name]["positive (voxels)"]) for name in voxels} == voxels
    assert float(rows["anna.mha"]["positive (ml)"]) == voxels["anna.mha"] * 3.75e-3
    assert (rows[CUT]["state"], rows[CUT]["positive (ml)"]) == ("failed", "")
    assert "can't be read" in rows[CUT]["error"]
    assert rows[HELD]["job"] == ""
