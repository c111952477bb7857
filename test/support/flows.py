"""HOST PORT COUNT ROUNDS: opens COUNT connections to an echo server, all at once open; in each round
something goes and comes back on every one of them. Prints a line after each round; ends when its
input does."""
import select
import socket
import sys

CONNECTING = 256
WAIT_SECONDS = 60


def wait(poll, sockets, event, work):
    """Calls work for each socket as it becomes ready, until it has answered True for all."""
    left = set(sockets)
    for fd in left:
        poll.modify(fd, event)
    while left:
        ready = poll.poll(WAIT_SECONDS)
        if not ready:
            sys.exit(f"nothing from {len(left)} sockets for {WAIT_SECONDS} seconds")
        for fd, _ in ready:
            if fd in left and work(sockets[fd]):
                left.discard(fd)
                poll.modify(fd, 0)


def finished(s):
    error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        sys.exit(f"connect: errno {error}")
    return True


def connect(poll, address, count):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sockets = {}
    while len(sockets) < count:
        some = {}
        for _ in range(min(CONNECTING, count - len(sockets))):
            s = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            s.connect_ex(address)
            poll.register(s.fileno(), 0)
            some[s.fileno()] = s
        wait(poll, some, select.EPOLLOUT, finished)
        sockets.update(some)
    return sockets


def main(host, port, count, rounds):
    poll = select.epoll()
    sockets = connect(poll, (host, int(port)), int(count))
    print(len(sockets), "connected", flush=True)
    for i in range(int(rounds)):
        for fd, s in sockets.items():
            s.send(b"%d:%08d;" % (i, fd))

        def came_back(s):
            got = s.recv(100)
            if got != b"%d:%08d;" % (i, s.fileno()):
                sys.exit(f"got {got!r}")
            return True

        wait(poll, sockets, select.EPOLLIN, came_back)
        print(len(sockets), "echoed", flush=True)
    sys.stdin.read()


main(*sys.argv[1:])
