"""Keys, as a host and an announcement service both hand them out: made, found again by their hash, rotated, revoked."""
