/** The web socket to the daemon; connects again by itself. */

import { PROTOCOL_VERSION, type ServerMessage, type Watch } from "./protocol.gen";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2000;
const JPEG_FIRST_BYTE = 0xff;

export interface Listener {
  onPose(data: ArrayBuffer): void;
  onPicture?(data: ArrayBuffer): void;
  onMessage?(message: ServerMessage): void;
  onConnected?(connected: boolean): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private retryMs = FIRST_RETRY_MS;
  private watch: Watch = { type: "watch", picture: false };

  constructor(private readonly listener: Listener) {
    this.open();
  }

  /** Ask for the camera picture, or stop it. */
  showPicture(picture: boolean): void {
    this.watch = { type: "watch", picture };
    this.sendWatch();
  }

  private open(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/socket`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.receive(event.data);
    socket.onopen = () => {
      this.retryMs = FIRST_RETRY_MS;
      this.sendWatch();
    };
    socket.onclose = () => {
      this.listener.onConnected?.(false);
      setTimeout(() => this.open(), this.retryMs);
      this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    };
    this.socket = socket;
  }

  private receive(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      if (new Uint8Array(data, 0, 1)[0] === JPEG_FIRST_BYTE) this.listener.onPicture?.(data);
      else this.listener.onPose(data);
      return;
    }
    const message = JSON.parse(String(data)) as ServerMessage;
    if (message.type === "hello") {
      // A page from before an update of the daemon would misread its frames.
      if (message.protocol !== PROTOCOL_VERSION) location.reload();
      this.listener.onConnected?.(true);
    }
    this.listener.onMessage?.(message);
  }

  private sendWatch(): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(this.watch));
  }
}
