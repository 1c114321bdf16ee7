"""`spoina`: the command line. Commands import what they need when they run, because `spoina --help` and shell completion should not
wait for a web framework; nowhere else in the program are imports inside functions.
"""

from api.cli.frame import main

__all__ = ["main"]
