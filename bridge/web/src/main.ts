/** Starts the stage; on the main page also the panels. `/stage` is the stage alone, for OBS. */

import { api } from "./api";
import { Avatar } from "./avatar";
import { CameraView } from "./camera-view";
import { Connection } from "./connection";
import { el } from "./dom";
import { lookFromAddress, savedLook } from "./look";
import { calibrationPanel } from "./panels/calibration";
import { expressionsPanel } from "./panels/expressions";
import { outputPanel } from "./panels/output";
import type { Context } from "./panels/panel";
import { recordPanel } from "./panels/record";
import { sourcePanel } from "./panels/source";
import { statusPanel } from "./panels/status";
import { Tabs } from "./panels/tabs";
import { tuningPanel } from "./panels/tuning";
import { viewPanel } from "./panels/view";
import type { ServerMessage } from "./protocol.gen";
import { Settings } from "./settings";
import { Stage } from "./stage";

const DEFAULT_AVATAR = "default.vrm";
const SAID_MS = 5000;

declare global {
  interface Window {
    /** For tests and for scripts in OBS. */
    avatarBridge: { stage: Stage };
  }
}

const alone = location.pathname === "/stage";
const query = new URLSearchParams(location.search);
const holder = document.querySelector<HTMLElement>("#stage")!;
const aside = document.querySelector<HTMLElement>("#panels")!;
const look = alone ? lookFromAddress(query) : savedLook();
document.body.classList.toggle("alone", alone);

const stage = new Stage(holder, look);
window.avatarBridge = { stage };

const notices = el("div", { id: "notices", role: "status", aria: { live: "polite" } });
let tabs: Tabs | null = null;
const camera = new CameraView(holder, () => connection);

const connection = new Connection({
  onPose: (data) => stage.playback.push(data, performance.now()),
  onPicture: (data) => void camera.onPicture(data),
  onMessage,
  onConnected: (connected) =>
    notice("connection", connected ? "" : "No connection to avatar-bridge; trying again …", "error"),
});

const settings = new Settings((text) => notice("change", text, "error"));

function onMessage(message: ServerMessage): void {
  if (message.type === "hello") {
    stage.rigHipsHeightM = message.hips_height_m;
    if (!alone) void settings.refresh();
  } else if (message.type === "notice") notice(message.topic, message.text, message.level);
  else if (message.type === "config_changed") {
    if (!alone) void settings.refresh();
  } else if (message.type === "session") stage.avatar?.overrideAll(message.held);
  else if (message.type === "landmarks") camera.onLandmarks(message);
  tabs?.onMessage(message);
}

function notice(topic: string, text: string, level: string): void {
  if (alone) return; // nothing but the character may be seen on a stream
  notices.querySelector(`[data-topic="${topic}"]`)?.remove();
  if (text) notices.append(el("p", { className: level, textContent: text, data: { topic } }));
}

function say(text: string, level: "info" | "error" = "info"): void {
  notice("said", text, level);
  if (level === "info") setTimeout(() => notice("said", "", level), SAID_MS);
}

async function show(load: () => Promise<ArrayBuffer>, name: string): Promise<void> {
  try {
    stage.setAvatar(await Avatar.load(await load(), name));
    notice("avatar", "", "error");
  } catch (error) {
    notice("avatar", (error as Error).message, "error");
  }
}

function acceptDrops(): void {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) void show(() => file.arrayBuffer(), file.name);
  });
}

function buildPanels(): void {
  const context: Context = { stage, settings, connection, say };
  aside.hidden = false;
  aside.append(notices);
  tabs = new Tabs(aside, [
    statusPanel(context),
    tuningPanel(context),
    expressionsPanel(context),
    calibrationPanel(context),
    outputPanel(context),
    recordPanel(context),
    sourcePanel(context),
    viewPanel(context, look, camera),
  ]);
}

if (!alone) {
  buildPanels();
  acceptDrops();
}

async function firstAvatar(): Promise<void> {
  const name = query.get("avatar") ?? (await api.avatars())[0]?.name ?? DEFAULT_AVATAR;
  await show(async () => {
    const response = await fetch(`/avatars/${encodeURIComponent(name)}`);
    if (!response.ok) throw new Error(await response.text());
    return response.arrayBuffer();
  }, name);
}

firstAvatar().catch((error: Error) => notice("avatar", error.message, "error"));
