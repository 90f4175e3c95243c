"""The page's server: poses over a web socket, everything else over HTTP, on this machine only."""
