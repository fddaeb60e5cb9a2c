"""How a host makes its apps known: to whom, as what, how often, and what came of it."""
