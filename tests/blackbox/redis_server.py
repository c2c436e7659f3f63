"""A real redis-server on a free port, which keeps nothing on disk and ends with its test."""
import signal
import socket
import subprocess
import time

from service import free_port


class RedisServer:
    def __init__(self, folder, *settings):
        self.folder, self.settings, self.port = folder, settings, free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--enable-debug-command", "yes",
                *self.settings]

    def start(self):
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self.command()], cwd=self.folder,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            try:
                return self.say("PING")
            except OSError:
                time.sleep(0.01)
        raise AssertionError("redis-server does not listen")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def say(self, *words):
        """The raw reply, in RESP."""
        parts = b"".join(b"$%d\r\n%b\r\n" % (len(word.encode()), word.encode()) for word in words)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"*%d\r\n%b" % (len(words), parts))
            return connection.recv(1 << 20).decode(errors="replace")
