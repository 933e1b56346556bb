"""Opens sockets and starts a service with them, as systemd does for a socket unit and a service unit.

socket_unit.py NAME=HOST:PORT... -- COMMAND ARG...

A path in place of HOST:PORT is a Unix socket. A service that ends with status 0 is started again. The sockets, and what
waits in their backlog, outlive it. SIGTERM ends the service and the script.
"""
import os
import signal
import socket
import sys


def opened(address):
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(address)
    else:
        listening = socket.socket()
        listening.bind((host, int(port)))
    listening.listen(128)
    return listening


def started(names, sockets, command):
    pid = os.fork()
    if pid:
        return pid
    copies = [os.dup(listening.fileno()) for listening in sockets]
    # Above the numbers that they get, so that none is overwritten.
    spare = [os.dup2(copy, 100 + i) for i, copy in enumerate(copies)]
    for i, copy in enumerate(spare):
        os.dup2(copy, 3 + i)
    os.closerange(3 + len(sockets), 256)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=":".join(names))
    os.execvp(command[0], command)


def main():
    separator = sys.argv.index("--")
    names, addresses = zip(*(arg.split("=", 1) for arg in sys.argv[1:separator]))
    sockets = [opened(address) for address in addresses]
    for listening in sockets:
        print("socket %s" % (listening.getsockname(),), flush=True)
    ending = []
    while not ending:
        service = started(names, sockets, sys.argv[separator + 1:])

        def end(number, frame):
            ending.append(True)
            os.kill(service, signal.SIGTERM)

        signal.signal(signal.SIGTERM, end)
        print("started %d" % service, flush=True)
        status = os.waitpid(service, 0)[1]
        if status:
            sys.exit(os.WEXITSTATUS(status) or 1)


main()
