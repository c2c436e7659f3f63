"""Real servers for the tests: each on a free port, with its data in a temporary folder, and stopped for sure."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from service import free_port


def _binaries():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


class Postgres:
    """A PostgreSQL cluster of its own. The server refuses to run as root; then it is started as the user postgres."""

    def __init__(self, *settings, copied_from=None):
        """`settings` as `name=value`. With `copied_from` it is a standby that follows that server."""
        self.binaries = _binaries()
        assert self.binaries, "install the package postgresql"
        self.settings = ("fsync=off", "max_connections=200", *settings)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="watchword-postgres-"))
        self.port = free_port()
        self._as = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self._as:
            shutil.chown(self.folder, "postgres")
        self._numbers = 0
        if copied_from:
            self._run("pg_basebackup", "-D", str(self.folder / "data"), "-R", "-N", "-c", "fast",
                      "-d", copied_from.url("postgres"))
        else:
            self._run("initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync")
        self.start()

    def _run(self, program, *arguments):
        subprocess.run([*self._as, str(self.binaries / program), *arguments], check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def start(self):
        options = " ".join([f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1",
                            *(f"-c {setting}" for setting in self.settings)])
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options, "-w", "start")

    def stop(self):
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def kill(self):
        """As a crash of the machine would end it: all processes at once, without a word to anybody."""
        self._signal(signal.SIGKILL)
        while any(pathlib.Path(f"/proc/{process}/exe").exists() for process in self._processes()):
            time.sleep(0.01)
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self):
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        for process in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def _processes(self):
        """The server and its children."""
        server = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{server}/task/{server}/children")
        return [server, *map(int, children.read_text().split())] if children.exists() else []

    def promote(self):
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "promote")

    def follow(self, primary):
        """Makes a stopped server a standby of another one."""
        (self.folder / "data" / "standby.signal").touch()
        with open(self.folder / "data" / "postgresql.auto.conf", "a") as settings:
            settings.write(f"primary_conninfo = 'host=127.0.0.1 port={primary.port} user=postgres'\n")

    def close(self):
        with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
            self.thaw()
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name, driver=""):
        return f"postgresql{driver}://postgres@127.0.0.1:{self.port}/{name}"

    def new_database(self, script=None):
        """The name of an empty database, or of one that a script has filled."""
        self._numbers += 1
        name = f"test{self._numbers}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        if script:
            self.sql(name, pathlib.Path(script).read_text())
        return name

    def sql(self, name, text):
        """Runs SQL and returns its rows, each a list of texts."""
        done = subprocess.run([str(self.binaries / "psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", self.url(name)],
                              input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return [line.split("|") for line in done.stdout.splitlines()]


class PgBouncer:
    """A pooler in transaction mode before that server, with few connections. It refuses to run as root as well."""

    def __init__(self, postgres):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="watchword-pgbouncer-"))
        self.port = free_port()
        (self.folder / "users.txt").write_text('"postgres" ""\n')
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={postgres.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {self.folder}/users.txt\npool_mode = transaction\n"
            f"default_pool_size = 3\nlogfile = {self.folder}/log\n")
        as_owner = []
        if os.getuid() == 0:
            as_owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--pdeathsig", "KILL"]
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "postgres")
        self.process = subprocess.Popen([*as_owner, "/usr/sbin/pgbouncer", "-q", str(self.folder / "pgbouncer.ini")],
                                        stderr=subprocess.DEVNULL)
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        self.close()
        raise AssertionError("PgBouncer does not start")

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"
