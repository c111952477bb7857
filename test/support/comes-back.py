"""HOST PORT: a TCP and a UDP flow to an echo server while the way there goes and comes back. Says "up",
then how new connections fail when it is gone, then what goes on when it is back; a line of input after
each of the first two says that it is so."""
import errno
import os
import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET


def connected(kind):
    s = socket.socket(family, kind)
    s.connect((host, port))
    return s


def echoes(s):
    s.send(b"x")
    return s.recv(10) == b"x"


def udp_echoes(s):
    s.settimeout(0.5)
    while True:
        try:
            if echoes(s):
                return True
        except OSError:
            pass


def attempt():
    try:
        with connected(socket.SOCK_STREAM) as s:
            return str(echoes(s))
    except OSError as e:
        return errno.errorcode[e.errno]


live, datagrams = connected(socket.SOCK_STREAM), connected(socket.SOCK_DGRAM)
assert echoes(live) and udp_echoes(datagrams)
print("up", flush=True)
sys.stdin.readline()
try:
    datagrams.send(b"lost")
except OSError:
    pass
print(attempt(), flush=True)
sys.stdin.readline()
print("new", attempt(), flush=True)
print("datagrams", udp_echoes(datagrams), flush=True)
if os.environ.get("LIVES"):
    print("live", echoes(live), flush=True)
