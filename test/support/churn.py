"""HOST PORT COUNT SECONDS: connections to an echo server come and go, ended in every way there is, until
there were COUNT of them and SECONDS have passed. Prints how many there were."""
import socket
import struct
import sys
import time

AT_ONCE = 100
RESET = struct.pack("ii", 1, 0)


def echo(s, i):
    sent = b"x" * (1 + i * 37 % 5000)
    s.sendall(sent)
    got = b""
    while len(got) < len(sent):
        some = s.recv(1 << 16)
        if not some:
            sys.exit("the stream ended early")
        got += some
    if got != sent:
        sys.exit("something else came back")


def end_first(s):
    s.close()


def half_close(s):
    s.shutdown(socket.SHUT_WR)
    if s.recv(1):
        sys.exit("something came after the end")
    s.close()


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    s.close()


def leave_unread(s):
    s.sendall(b"nobody reads the answer")
    s.close()


def main(host, port, count, seconds):
    address = (host, int(port))
    end = time.monotonic() + float(seconds)
    total = 0
    while total < int(count) or time.monotonic() < end:
        sockets = [socket.create_connection(address) for _ in range(AT_ONCE)]
        for i, s in enumerate(sockets):
            echo(s, i)
            (end_first, half_close, reset, leave_unread)[i % 4](s)
        # And some that give up before they are connected.
        for _ in range(5):
            s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            s.setblocking(False)
            s.connect_ex(address)
            s.close()
        total += AT_ONCE
    print(total)


main(*sys.argv[1:])
