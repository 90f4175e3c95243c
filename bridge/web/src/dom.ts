/** Small helpers for building the panels. */

type Child = Node | string | null | undefined | false;
type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], "style" | "children">
> & { role?: string; aria?: Record<string, string>; data?: Record<string, string> };

/** `el("button", { textContent: "Save" })`. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<K> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  const { role, aria, data, ...rest } = properties;
  Object.assign(node, rest);
  if (role) node.setAttribute("role", role);
  for (const [name, value] of Object.entries(aria ?? {})) node.setAttribute(`aria-${name}`, value);
  for (const [name, value] of Object.entries(data ?? {})) node.dataset[name] = value;
  node.append(...children.filter((child): child is Node | string => !!child));
  return node;
}

export function button(text: string, onclick: () => void, title = ""): HTMLButtonElement {
  return el("button", { type: "button", textContent: text, onclick, title });
}

let labels = 0;

/** A control with its label beside it. */
export function labelled(text: string, control: HTMLElement, help = ""): HTMLElement {
  control.id ||= `control-${++labels}`;
  return el(
    "div",
    { className: "row" },
    el("label", { htmlFor: control.id, textContent: text, title: help }),
    control,
  );
}

export function checkbox(checked: boolean, onchange: (on: boolean) => void): HTMLInputElement {
  const box = el("input", { type: "checkbox", checked });
  box.onchange = () => onchange(box.checked);
  return box;
}

export function select(
  options: readonly string[], value: string, onchange: (value: string) => void,
): HTMLSelectElement {
  const list = el(
    "select",
    {},
    ...options.map((name) => el("option", { value: name, textContent: name })),
  );
  list.value = value;
  list.onchange = () => onchange(list.value);
  return list;
}

/** A setting's key in words: `hold_s` → "Hold (s)". */
export function words(key: string): string {
  const units: Record<string, string> = {
    s: "s", m: "m", hz: "Hz", deg: "°", px: "px", bytes: "bytes", db: "dB", ms: "ms",
  };
  const parts = key.split("_");
  const unit = parts.length > 1 ? units[parts[parts.length - 1]!] : undefined;
  if (unit) parts.pop();
  const text = parts.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1) + (unit ? ` (${unit})` : "");
}
