"""UDP super-datagrams: many datagrams of equal size in one call.

serve ADDRESS               prints a port; answers every datagram with its size, and each "send N SIZE"
                            with N datagrams of SIZE bytes in one call
send HOST PORT N SIZE       sends N datagrams of SIZE bytes in one call; prints the sizes that arrived
fetch HOST PORT N SIZE      asks for N of SIZE bytes in one call; prints the sizes that arrived
"""
import socket
import sys

WAIT_SECONDS = 20
UDP_SEGMENT = 103


def udp_socket(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    return s


def send_together(s, count, size, address=None):
    data = bytes(count * size)
    segment = size.to_bytes(2, sys.byteorder)
    s.sendmsg([data], [(socket.IPPROTO_UDP, UDP_SEGMENT, segment)], 0, *([address] if address else []))


def serve(address):
    s = udp_socket(address)
    s.bind((address, 0))
    print(s.getsockname()[1], flush=True)
    while True:
        data, peer = s.recvfrom(1 << 16)
        if data.startswith(b"send "):
            _, count, size = data.split()
            send_together(s, int(count), int(size), peer)
        else:
            s.sendto(b"%d" % len(data), peer)


def connected(host, port):
    s = udp_socket(host)
    s.settimeout(WAIT_SECONDS)
    s.connect((host, int(port)))
    return s


def send(host, port, count, size):
    with connected(host, port) as s:
        send_together(s, int(count), int(size))
        print(*(s.recv(100).decode() for _ in range(int(count))))


def fetch(host, port, count, size):
    with connected(host, port) as s:
        s.send(b"send %s %s" % (count.encode(), size.encode()))
        print(*(len(s.recv(1 << 16)) for _ in range(int(count))))


{"serve": serve, "send": send, "fetch": fetch}[sys.argv[1]](*sys.argv[2:])
