"""The engine for networks over volumes: from an image to labels on its own grid, as fast as the same answer allows."""
