/** The stage's look: from the browser's storage, or from the address for OBS. */

import type { Framing, Look } from "./stage";

const STORAGE_KEY = "avatar-bridge-look";
const FRAMINGS: readonly string[] = ["face", "bust", "full"];
const COLOUR = /^#?([0-9a-f]{6})$/i;

const USUAL: Look = {
  framing: "bust",
  background: "#dde6ee",
  grid: true,
  skeleton: false,
  light: 1,
  follow: true,
  eyeContact: false,
};

export function savedLook(): Look {
  try {
    const saved = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Look>;
    return { ...USUAL, ...saved };
  } catch {
    return { ...USUAL };
  }
}

export function saveLook(look: Look): void {
  localStorage.setItem(STORAGE_KEY, JSON.stringify(look));
}

/** `/stage?transparent=1&framing=bust&background=00ff00&light=1.2&look=camera&follow=0`. */
export function lookFromAddress(query: URLSearchParams): Look {
  const framing = query.get("framing") ?? "";
  const colour = COLOUR.exec(query.get("background") ?? "")?.[1];
  const light = Number(query.get("light") ?? "1");
  const transparent = query.get("transparent") === "1";
  return {
    ...USUAL,
    framing: FRAMINGS.includes(framing) ? (framing as Framing) : USUAL.framing,
    background: transparent ? null : colour ? `#${colour}` : USUAL.background,
    light: Number.isFinite(light) ? light : 1,
    grid: false,
    follow: query.get("follow") !== "0",
    eyeContact: query.get("look") === "camera",
  };
}
