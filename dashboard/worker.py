"""gunicorn's worker: uvicorn's, which on its way out first lets the live viewers go."""

import gc
import socket
import sys

from gunicorn.arbiter import Arbiter
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker


class PartingServer(Server):
    """A server that ends its event streams when it shuts down; they would keep it waiting for ever."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listening sockets, the streams, then everything else."""
        self.config.app.state.fanout.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


class Worker(UvicornWorker):
    """Runs the web program in one process."""

    CONFIG_KWARGS = {"loop": "auto", "http": "auto", "ws": "none", "timeout_graceful_shutdown": 5}

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        server = PartingServer(config=self.config)
        self._install_sigquit_handler()
        gc.freeze()  # what start-up made stays; the collector need not look at it with every thousand viewers
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
