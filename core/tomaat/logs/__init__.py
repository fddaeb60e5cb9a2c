"""What TOMAAT's processes write to stderr: one record a line, for people or for machines, and what it is about."""
