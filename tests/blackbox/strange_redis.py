"""A server that greets as Redis does and then answers whatever a test likes."""
import contextlib
import socketserver
import threading

MASTER = b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"


class StrangeRedis:
    """`answer` is sent for each piece that comes in after the greeting, or, with `greets` false, from the first one on.
    Nothing as the answer closes the connection; `endless` sends on until the other side has had enough."""

    def __init__(self):
        self.answer, self.greets, self.endless = b"", True, False
        self.asked = 0  # pieces that were answered strangely
        outer = self

        class Conversation(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    while outer._reply(self.request, self.request.recv(65536)):
                        pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 100

        self._server = Server(("127.0.0.1", 0), Conversation)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _reply(self, connection, received):
        """Whether the connection is to go on."""
        if not received:
            return False
        if self.greets and b"ROLE" in received:
            connection.sendall(MASTER)
            return True
        if self.greets and b"SETNAME" in received:
            connection.sendall(b"+OK\r\n")
            return True
        self.asked += 1
        connection.sendall(self.answer)
        while self.endless:
            connection.sendall(b"x" * 65536)
        return bool(self.answer)

    def close(self):
        self.endless = False
        self._server.shutdown()
        self._server.server_close()
