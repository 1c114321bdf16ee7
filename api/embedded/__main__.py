"""The process that keeps the servers of a data folder; started by api.embedded.sharing, not by hand."""

from api.embedded.keeper import main

main()
