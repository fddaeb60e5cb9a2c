/** The panel beside the panes: what lies in them, each switched and faded on its own. */
import { turned } from "./coordinates.js";
import { button, element } from "./dom.js";

/** With more labels than this, a field filters them by name. */
const FEW = 12;
const EYE = "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 7.8a2.2 2.2 0 1 0 .01 0z";
const AIM = "M10 3a7 7 0 1 0 .01 0zM10 1v4M10 15v4M1 10h4M15 10h4";
const CROSS = "M5 5l10 10M15 5L5 15";
const MAPS = { gray: "grey", hot: "hot", viridis: "viridis", blue2red: "blue to red" };

export class LayerPanel {
  /** @param {(detail: {key: string, index: number}) => void} onRemove of a point of an editable layer. */
  constructor(view, title, onRemove) {
    this.view = view;
    this.onRemove = onRemove;
    this.list = element("div", { class: "viewer-layers" });
    this.element = element("section", { class: "viewer-panel", "aria-label": title || "Layers" }, title ? element("h3", {}, title) : null, this.list);
    this.cards = new Map();
    view.addEventListener("layers", () => this.update());
  }

  update() {
    for (const [key, card] of this.cards) {
      if (this.view.layers.get(key) !== card.layer) {
        card.element.remove();
        this.cards.delete(key);
      }
    }
    for (const layer of this.view.layers.values()) {
      if (!this.cards.has(layer.key)) this.cards.set(layer.key, { layer, element: this.#card(layer) });
      this.list.append(this.cards.get(layer.key).element);
    }
    this.element.hidden = !this.cards.size;
  }

  /** Have a layer's box say whether it is shown. */
  tick(layer) {
    const box = this.cards.get(layer.key)?.element.querySelector("input[type=checkbox]");
    if (box) box.checked = layer.shown;
  }

  #card(layer) {
    const show = () => this.view.refresh(layer);
    const head = element("div", { class: "viewer-layer" },
      tick(`Show ${layer.title}`, layer.shown, (on) => { layer.shown = on; show(); }),
      layer.colour ? this.#swatch(layer) : null,
      element("strong", { title: layer.title }, layer.title),
      layer.kind === "points" ? null : slider(`Opacity of ${layer.title}`, layer.opacity, (value) => { layer.opacity = value; show(); }));
    return element("div", { class: "viewer-card", "data-key": layer.key }, head, this.#more(layer));
  }

  #more(layer) {
    if (layer.labels) return this.#labels(layer);
    if (layer.kind === "points") return this.#points(layer);
    if (layer.kind === "volume" && layer.image !== this.view.base) return this.#map(layer);
    return null;
  }

  /** Colours of a volume over the scan. */
  #map(layer) {
    const choice = element("select", { "aria-label": `Colours of ${layer.title}` },
      ...Object.entries(MAPS).map(([map, name]) => element("option", { value: map }, name)));
    choice.onchange = () => { layer.image.colormap = choice.value; this.view.renewSoon(layer.image); };
    return choice;
  }

  #swatch(layer) {
    const swatch = element("input", { type: "color", value: layer.colour, title: `Colour of ${layer.title}`, "aria-label": `Colour of ${layer.title}` });
    swatch.oninput = () => this.view.recolour(layer, swatch.value);
    return swatch;
  }

  #points(layer) {
    const rows = layer.points.map((point, index) => element("li", {},
      element("span", {}, `${index + 1}: ${point.map((part) => part.toFixed(1)).join(", ")}`),
      small(`Go to point ${index + 1}`, AIM, () => this.view.goTo(point)),
      layer.editable ? small(`Remove point ${index + 1}`, CROSS, () => this.onRemove({ key: layer.key, index })) : null));
    return element("ol", { class: "viewer-points" }, ...rows);
  }

  #labels(layer) {
    const { labels } = layer;
    const rows = labels.items.map((label) => this.#label(layer, label));
    const list = element("ul", { class: "viewer-labels" }, ...rows.map((row) => row.element));
    const all = (chosen) => {
      labels.items.forEach((label, n) => { label.shown = chosen(label); rows[n].tick.checked = label.shown; });
      this.view.refresh(layer);
    };
    list.addEventListener("only", ({ detail }) => all((label) => label === detail));
    if (!rows.length) return element("p", { class: "viewer-none" }, "It holds no label: every voxel is background.");
    const some = rows.length > 1 ? element("div", { class: "viewer-some" },
      rows.length > FEW ? this.#filter(labels, rows, layer.title) : null,
      element("button", { type: "button", onclick: () => all(() => true) }, "All"),
      element("button", { type: "button", onclick: () => all(() => false) }, "None")) : null;
    return element("div", {}, some, list);
  }

  #filter(labels, rows, title) {
    const field = element("input", { type: "search", placeholder: `Filter ${rows.length} labels`, "aria-label": `Filter the labels of ${title}` });
    field.oninput = () => {
      const wanted = field.value.trim().toLowerCase();
      labels.items.forEach((label, n) => { rows[n].element.hidden = !label.name.toLowerCase().includes(wanted); });
    };
    return field;
  }

  #label(layer, label) {
    const show = () => this.view.refresh(layer);
    const box = tick(label.name, label.shown, (on) => { label.shown = on; show(); });
    const swatch = element("i", { class: "viewer-swatch" });
    swatch.style.background = label.colour;
    const row = element("li", {},
      element("label", { title: `${label.name} (${label.value})` }, box, swatch, element("span", {}, label.name)),
      slider(`Opacity of ${label.name}`, label.opacity, (value) => { label.opacity = value; show(); }),
      small(`Only ${label.name}`, EYE, () => row.dispatchEvent(new CustomEvent("only", { detail: label, bubbles: true }))),
      small(`Go to ${label.name}`, AIM, () => this.view.goTo(turned(layer.labels.place(label)))));
    return { element: row, tick: box };
  }
}

function tick(label, checked, change) {
  const box = element("input", { type: "checkbox", checked, "aria-label": label });
  box.onchange = () => change(box.checked);
  return box;
}

function slider(label, value, change) {
  const made = element("input", { type: "range", min: 0, max: 1, step: 0.02, title: label, "aria-label": label });
  made.value = value;
  made.oninput = () => change(made.valueAsNumber);
  return made;
}

function small(label, path, press) {
  return button({ label, path, press });
}
