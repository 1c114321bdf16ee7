"""Who the servers run as. PostgreSQL refuses to run as root, so root starts them as another user."""

import logging
import os
import pwd
import stat
from pathlib import Path

import msgspec

from api.embedded.folder import DataFolder
from api.embedded.wheels import postgres_programs, wheel_folders
from spoina.errors import DependencyUnavailable

UNPRIVILEGED_USER = "nobody"
logger = logging.getLogger(__name__)


class Account(msgspec.Struct, frozen=True):
    uid: int
    gid: int

    def owns(self, path: Path) -> bool:
        return path.stat().st_uid == self.uid

    def take(self, path: Path) -> None:
        if not self.owns(path):
            os.chown(path, self.uid, self.gid)

    @property
    def is_another(self) -> bool:
        return self.uid != os.geteuid()

    @property
    def switch(self) -> tuple[int | None, int | None, list[int] | None]:
        """User, group and further groups that a child process has to take on; None where there is nothing to change."""
        return (self.uid, self.gid, []) if self.is_another else (None, None, None)


def server_account(folder: DataFolder) -> Account:
    """The owner of the data once there is some, so that root and that user can both start it; raises DependencyUnavailable."""
    if folder.cluster.exists():
        owner = folder.cluster.stat()
        account = Account(owner.st_uid, owner.st_gid)
    else:
        account = _fresh_account()
    if account.uid == 0 or os.geteuid() not in {0, account.uid}:
        raise _wrong_owner(folder, account)
    return account


def grant_access(folder: DataFolder, account: Account) -> None:
    """Lets the servers' user reach the data and the wheels when it is not the user that installed them."""
    if not account.is_another:
        return
    for path in [folder.root, *wheel_folders()]:
        _let_through(path, account)
    if not (postgres_programs() / "postgres").stat().st_mode & stat.S_IXOTH:
        for wheel in wheel_folders():
            _make_readable(wheel)


def _fresh_account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError:
        raise DependencyUnavailable(
            "embedded PostgreSQL",
            f"it cannot run as root, and there is no user {UNPRIVILEGED_USER!r} to run it as",
            "start Spoina as an ordinary user, or give SPOINA_DATABASE_URL and SPOINA_REDIS_URL",
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _wrong_owner(folder: DataFolder, account: Account) -> DependencyUnavailable:
    return DependencyUnavailable(
        "data folder",
        f"{folder.cluster} belongs to user number {account.uid}, and PostgreSQL runs only as the owner of its data, never root",
        f"start Spoina as that user, choose another data folder, or change the owner of {folder.cluster}",
    )


def _let_through(path: Path, account: Account) -> None:
    """The search bit only: others may pass, not look around."""
    for folder in [path, *path.parents]:
        state = folder.stat()
        if state.st_uid != account.uid and not state.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(state.st_mode) | stat.S_IXOTH)
            logger.warning("%s can now be passed through by other users, for the embedded servers", folder)


def _make_readable(wheel: Path) -> None:
    """A wheel installed by root with a strict umask is root's alone."""
    for path in [wheel, *wheel.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        executable = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | executable)
