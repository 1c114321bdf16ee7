"""`python -m api.cli`: the same as `spoina`."""

from api.cli.frame import main

main()
