"""Where observations come from: cameras, files, recordings, other trackers' output."""
