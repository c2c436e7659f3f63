"""A TCP link to a real server that can be made slow, silent, or cut at the worst moment."""
import asyncio
import contextlib
import threading

PIECE = 16384


class FaultyLink:
    """Forwards what comes to `port` to `target`, a port of this machine. All settings may be changed at any time.

    `silent`: nothing goes through any more, in either direction, and nothing is closed: a black hole.
    `delay`: seconds that each piece takes, each way. `bytes_per_second`: of each direction; None is no bound.
    """

    def __init__(self, target):
        self.target, self.silent, self.delay, self.bytes_per_second = target, False, 0, None
        self.connections = 0  # that were ever opened
        self.forwarded = 0    # bytes, both ways
        self._cut_before_answer = False
        self._pairs = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._accept, "127.0.0.1", 0, limit=PIECE))
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self):
        """Closes every connection, whatever is under way."""
        self._do(self._cut())

    def cut_before_answer(self):
        """What is asked next still reaches the server, and is lost on its way back together with its connection."""
        self._cut_before_answer = True

    def close(self):
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _cut(self):
        for pair in list(self._pairs):
            for writer in pair:
                writer.transport.abort()

    async def _close(self):
        self._server.close()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, client_reader, client):
        self.connections += 1
        await self._hold_while_silent()
        try:
            server_reader, server = await asyncio.open_connection("127.0.0.1", self.target, limit=PIECE)
        except OSError:
            client.transport.abort()
            return
        pair = (client, server)
        self._pairs.add(pair)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self._forward(client_reader, server, pair, is_answer=False),
                                 self._forward(server_reader, client, pair, is_answer=True))
        self._pairs.discard(pair)
        for writer in pair:
            writer.transport.abort()

    async def _hold_while_silent(self):
        while self.silent:
            await asyncio.sleep(0.01)

    async def _forward(self, reader, writer, pair, is_answer):
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.bytes_per_second:
                    await asyncio.sleep(len(piece) / self.bytes_per_second)
                await self._hold_while_silent()
                if is_answer and self._cut_before_answer:
                    self._cut_before_answer = False
                    for end in pair:
                        end.transport.abort()
                    return
                writer.write(piece)
                self.forwarded += len(piece)
                await writer.drain()
        await self._hold_while_silent()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()  # the other direction may go on
