import { defineConfig } from "vite";

// "npx vite" serves the sources with reload and hands everything else to a running daemon.
const DAEMON = "127.0.0.1:8765";

export default defineConfig({
  build: { target: "es2022", chunkSizeWarningLimit: 1200, modulePreload: { polyfill: false } },
  server: {
    proxy: {
      "/api": `http://${DAEMON}`,
      "/avatars": `http://${DAEMON}`,
      "/socket": { target: `ws://${DAEMON}`, ws: true, changeOrigin: true },
    },
  },
});
