"""Connections that clients made and the service has not taken yet, when it closes its sockets."""

import asyncio
import os
import socket
import sys


def close_and_take_queued(server: asyncio.Server) -> list[socket.socket]:
    """Close the server's sockets; the connections that waited in them, which the system would reset.

    On Windows they are reset: its event loop has already begun to take the next one.
    """
    if sys.platform == "win32":
        server.close()
        return []
    # The server closes its own descriptors: others keep what waits.
    kept = [socket.socket(fileno=os.dup(each.fileno())) for each in server.sockets]
    server.close()
    queued = []
    for each in kept:
        with each:
            each.setblocking(False)
            try:
                while True:
                    queued.append(each.accept()[0])
            except OSError:
                continue
    return queued
