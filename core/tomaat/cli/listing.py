"""A group of commands that lists when it is given none."""

from __future__ import annotations

import click


class ListingGroup(click.Group):
    """``tomaat jobs [URL]`` is ``tomaat jobs list [URL]``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["list", *args]
        return super().parse_args(ctx, args)
