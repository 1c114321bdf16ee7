"""PostgreSQL and Valkey started by the program itself, from Python wheels, with their data in one folder.

    with embedded_servers(Path(".spoina")) as servers:
        ...  servers.database_url, servers.redis_url

Any number of processes may do this with the same folder at once (a demo here, `spoina sync status` in the next terminal):
they share one pair of servers, and the last one to leave ends them. Leaving means the end of the `with` block or the end
of the process, `kill -9` included, because membership is a kernel file lock (flock) and not a written note:

    start.lock    exclusive while a process joins or leaves
    users.lock    shared by every process that uses the servers
    keeper.lock   exclusive by the keeper, a small process in its own session (so Ctrl-C does not reach it) that is the
                  parent of both servers and waits for `users.lock` to become free; then it stops them and ends

Should the keeper itself be killed, Linux tells the servers to shut down; what is left all the same is ended by the next
start. PostgreSQL refuses to run as root: started by root it runs as `nobody`, and folders on the way to the data and to
the wheels get the search bit (x, not r) where others lack it.
"""

from api.embedded.folder import Servers
from api.embedded.sharing import embedded_servers

__all__ = ["Servers", "embedded_servers"]
