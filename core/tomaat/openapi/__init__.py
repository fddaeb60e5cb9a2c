"""What the host's API and the announcement service's have in common: the parts of an OpenAPI document, its page."""
