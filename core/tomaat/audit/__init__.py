"""The audit log: who did what with which app, when, and how it ended; rows that are only ever added."""
