"""HTTPS: a certificate of the host's own, fingerprints, and whom a client trusts."""
