"""A plugin brings the control of its own kind of element; one that can't be loaded has another in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from browser import Watched
from hosts import RunningHost, install

PLUGIN = '''
from dataclasses import dataclass
from tomaat import App, InputElement, PlainText, hookimpl

@dataclass(frozen=True, kw_only=True)
class Steps(InputElement):
    """A number of steps."""
    kind = "steps"
    widget = "stepper.js"
    def parse(self, text):
        if not 0 < int(text) < 6:
            raise self.invalid("Between 1 and 5 steps were expected.")
        return int(text)

@dataclass(frozen=True, kw_only=True)
class Mood(InputElement):
    """A word."""
    kind = "mood"
    widget = "broken.js"
    def parse(self, text):
        return text

class Stairs(App):
    """Counts steps."""
    name = "stairs"
    holds_device = False
    inputs = (Steps("steps", text="How many steps"), Mood("mood", text="In which mood"))
    outputs = (PlainText("answer"),)
    def infer(self, data, context):
        return {"answer": f"{data['mood']}: " + " ".join(["step"] * data["steps"])}

@hookimpl
def tomaat_elements(register):
    register(Steps)
    register(Mood)

@hookimpl
def tomaat_apps(register):
    register(Stairs)
'''
STEPPER = """
export default function (field) {
  const element = document.createElement("div");
  const number = Object.assign(document.createElement("output"), { id: field.id });
  const more = Object.assign(document.createElement("button"), { type: "button", textContent: "One more step" });
  more.setAttribute("aria-describedby", field.describedBy);
  more.onclick = () => {
    number.value = Number(number.value) + 1;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };
  element.append(number, more);
  return { element, value: () => number.value, set: (value) => (number.value = value) };
}
"""
BROKEN = "export default function (field) { return field.nothing.like.this; }"


def test_a_plugin_s_own_control_and_one_that_fails(
    watch: Callable[..., Watched], start_lean: Callable[..., RunningHost], no_plugins: Path
) -> None:
    install(no_plugins, "tomaat_stairs", PLUGIN)
    (no_plugins / "stepper.js").write_text(STEPPER, encoding="utf-8")
    (no_plugins / "broken.js").write_text(BROKEN, encoding="utf-8")
    watched = watch(start_lean(path=no_plugins))
    page = watched.open("/apps/stairs")
    run = page.get_by_role("button", name="Run", exact=True)
    mood, more = page.get_by_role("textbox", name="In which mood"), page.get_by_role("button", name="One more step")
    expect(page.locator("[data-field=mood] .wrong")).to_contain_text("own control for this field could not be loaded")
    run.click()
    expect(page.locator("[data-field=steps] .wrong")).to_be_visible()
    mood.fill("merry")
    for _ in range(6):
        more.click()
    expect(page.locator("[data-field=steps] .wrong")).to_be_hidden()
    run.click()
    expect(page.locator("[data-field=steps] .wrong")).to_have_text("Between 1 and 5 steps were expected.")
    page.reload()  # what was entered is still there, also what a control of a plugin has
    expect(mood).to_have_value("merry")
    expect(page.locator("#field-steps")).to_have_text("6")
    page.locator("#field-steps").evaluate("(number) => (number.value = 2)")
    more.click()
    run.click()
    watched.results()
    expect(page.get_by_text("merry: step step step", exact=True)).to_be_visible()
    assert len(watched.errors) == 3, watched.errors  # the control that fails, twice, and what the host refused
    watched.errors.clear()
