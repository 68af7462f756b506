"""A file system that forgets: what was not synchronised is lost, torn or out of order after a power cut.

Lives in memory. Each file has what the disk holds (`durable`), what programs see (`seen`), and the writes between the
two (`pending`); directories likewise. fsync makes a file's content durable, fsync of a directory its names, nothing
else does: not close, not time. Commands are written to the file /.control: `cut SEED` is a power cut, `settle` makes
everything durable, `limit BYTES` sets the size of the disk (writes beyond it fail with ENOSPC), `limit 0` takes the
limit away. Reading /.control tells what the cuts took so far.

It knows nothing of databases. Usage: forgetful.py MOUNTPOINT; needs the Debian package python3-fusepy (module
`fusepy`, elsewhere `fuse`).
"""

import errno
import json
import random
import stat
import sys
import time

try:
    from fusepy import FUSE, FuseOSError, Operations
except ImportError:
    from fuse import FUSE, FuseOSError, Operations

SECTOR = 512
CONTROL = "/.control"


class File:
    """One file: content on the disk, content as seen, and the writes that only the latter has."""

    def __init__(self, mode):
        self.mode = stat.S_IFREG | (mode & 0o7777)
        self.durable = bytearray()
        self.seen = bytearray()
        self.pending = []
        self.changed = time.time()

    def write(self, offset, data):
        apply(self.seen, ("write", offset, data))
        self.pending.append(("write", offset, data))

    def truncate(self, length):
        apply(self.seen, ("truncate", length, b""))
        self.pending.append(("truncate", length, b""))

    def sync(self):
        for operation in self.pending:
            apply(self.durable, operation)
        self.pending = []

    def cut(self, rng):
        """Loses what is pending, or all but a beginning with a torn end, or single sectors here and there."""
        lost = len(self.pending)
        how = rng.randrange(3)
        if how == 1:
            kept = rng.randrange(len(self.pending) + 1)
            for operation in self.pending[:kept]:
                apply(self.durable, operation)
            lost -= kept
            if lost and self.pending[kept][0] == "write":
                _, offset, data = self.pending[kept]
                apply(self.durable, ("write", offset, data[: SECTOR * rng.randrange(len(data) // SECTOR + 1)]))
        if how == 2:
            for operation in self.pending:
                tear(self.durable, operation, rng)
        self.pending = []
        self.seen = bytearray(self.durable)
        return lost


def apply(content, operation):
    kind, offset, data = operation
    if kind == "truncate":
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    if not data:
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def tear(content, operation, rng):
    """Applies any subset of an operation's sectors: a disk may write them in any order."""
    kind, offset, data = operation
    if kind == "truncate":
        if rng.random() < 0.5:
            apply(content, operation)
        return
    at = 0
    while at < len(data):
        length = min(SECTOR - (offset + at) % SECTOR, len(data) - at)
        if rng.random() < 0.5:
            apply(content, ("write", offset + at, data[at : at + length]))
        at += length


class Forgetful(Operations):
    def __init__(self):
        self.folders = {"/"}
        self.seen = {}
        self.durable = {}
        self.renames = []
        self.limit = 0
        self.told = {"cuts": 0, "cutsThatLost": 0, "writesLost": 0, "namesLost": 0, "syncs": 0}

    def used(self):
        return sum(len(file.seen) for file in {id(file): file for file in self.seen.values()}.values())

    def file(self, path):
        if path not in self.seen:
            raise FuseOSError(errno.ENOENT)
        return self.seen[path]

    def cut(self, seed):
        rng = random.Random(seed)
        files = sorted({id(file): file for file in [*self.durable.values(), *self.seen.values()]}.values(),
                       key=lambda file: file.changed)
        lost = sum(file.cut(rng) for file in files if file.pending)
        # Names go to the disk in their order, as with a journaling file system, but not all of them.
        kept = rng.randrange(len(self.renames) + 1)
        for name, file in self.renames[:kept]:
            set_name(self.durable, name, file)
        forgotten = len(self.renames) - kept
        self.renames = []
        self.seen = dict(self.durable)
        self.told["cuts"] += 1
        self.told["cutsThatLost"] += 1 if lost or forgotten else 0
        self.told["writesLost"] += lost
        self.told["namesLost"] += forgotten

    def settle(self):
        for file in self.seen.values():
            file.sync()
        self.durable = dict(self.seen)
        self.renames = []

    def command(self, text):
        word, *values = text.split()
        if word == "cut":
            self.cut(values[0])
        elif word == "settle":
            self.settle()
        elif word == "limit":
            self.limit = int(values[0])
        else:
            raise FuseOSError(errno.EINVAL)

    def name(self, path, file):
        set_name(self.seen, path, file)
        self.renames.append((path, file))

    # What the kernel asks for.

    def getattr(self, path, fh=None):
        if path in self.folders:
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path == CONTROL:
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": 4096}
        file = self.file(path)
        return {"st_mode": file.mode, "st_nlink": 1, "st_size": len(file.seen), "st_mtime": file.changed}

    def readdir(self, path, fh):
        prefix = path.rstrip("/") + "/"
        inside = [name for name in [*self.folders, *self.seen] if name.startswith(prefix) and name != path]
        return [".", "..", *{name[len(prefix):].split("/")[0] for name in inside}]

    def create(self, path, mode, fi=None):
        self.name(path, File(mode))
        return 0

    def open(self, path, flags):
        if path != CONTROL:
            self.file(path)
        return 0

    def read(self, path, size, offset, fh):
        if path == CONTROL:
            return json.dumps(self.told).ljust(4096).encode()[offset : offset + size]
        return bytes(self.file(path).seen[offset : offset + size])

    def write(self, path, data, offset, fh):
        if path == CONTROL:
            self.command(data.decode())
            return len(data)
        file = self.file(path)
        grows = offset + len(data) - len(file.seen)
        if self.limit and grows > 0 and self.used() + grows > self.limit:
            raise FuseOSError(errno.ENOSPC)
        file.write(offset, bytes(data))
        file.changed = time.time()
        return len(data)

    def truncate(self, path, length, fh=None):
        if path == CONTROL:
            return 0
        file = self.file(path)
        grows = length - len(file.seen)
        if self.limit and grows > 0 and self.used() + grows > self.limit:
            raise FuseOSError(errno.ENOSPC)
        file.truncate(length)
        return 0

    def fsync(self, path, datasync, fh):
        if path != CONTROL:
            self.file(path).sync()
            self.told["syncs"] += 1
        return 0

    def fsyncdir(self, path, datasync, fh):
        for name, file in self.renames:
            set_name(self.durable, name, file)
        self.renames = []
        return 0

    def unlink(self, path):
        self.file(path)
        self.name(path, None)
        return 0

    def rename(self, old, new):
        file = self.file(old)
        # One step: a name is never seen at neither place.
        set_name(self.seen, old, None)
        set_name(self.seen, new, file)
        self.renames.append((new, file))
        self.renames.append((old, None))
        return 0

    def link(self, target, source):
        self.name(target, self.file(source))
        return 0

    def mkdir(self, path, mode):
        self.folders.add(path)
        return 0

    def chmod(self, path, mode):
        if path in self.seen:
            self.seen[path].mode = stat.S_IFREG | (mode & 0o7777)
        return 0

    def chown(self, path, uid, gid):
        return 0

    def utimens(self, path, times=None):
        return 0

    def statfs(self, path):
        size = self.limit or 1 << 30
        free = max(0, size - self.used()) // 4096
        return {"f_bsize": 4096, "f_frsize": 4096, "f_blocks": size // 4096, "f_bfree": free, "f_bavail": free}


def set_name(names, name, file):
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


if __name__ == "__main__":
    # No caching of names and sizes in the kernel: after a cut it would tell of files as they were.
    FUSE(Forgetful(), sys.argv[1], foreground=True, nothreads=True, attr_timeout=0, entry_timeout=0)
