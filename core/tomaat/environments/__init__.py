"""Virtual environments for plugins whose dependencies clash: made, filled, asked for their apps, and run."""
