"""tcp|udp|udp-all HOST PORT: how a connection, or the answer to a datagram, goes.

Prints a word or the name of an errno. udp-all asks to be told of errors that may pass, too.
"""
import errno
import socket
import sys

WAIT_SECONDS = 20
# Of ip(7) and ipv6(7); Python does not name them.
IP_RECVERR = 11
IPV6_RECVERR = 25


def probe(what, host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = socket.SOCK_STREAM if what == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as s:
        if what == "udp-all":
            level = socket.IPPROTO_IPV6 if ":" in host else socket.IPPROTO_IP
            s.setsockopt(level, IPV6_RECVERR if ":" in host else IP_RECVERR, 1)
        try:
            s.connect((host, int(port)))
            if what == "tcp":
                return "connected"
            s.settimeout(WAIT_SECONDS)
            s.send(b"question")
            return s.recv(100).decode()
        except TimeoutError as e:
            return "ETIMEDOUT" if e.errno else "silence"
        except OSError as e:
            return errno.errorcode[e.errno]


print(probe(*sys.argv[1:]))
