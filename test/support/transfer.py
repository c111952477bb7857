"""Streams of known bytes, with checksums: one end serves outside, the other runs inside.

serve ADDRESS         prints its port; a connection says "up" or "down COUNT" in its first line
sum COUNT             what COUNT bytes should sum up to
up HOST PORT COUNT    sends, ends its stream, and prints what the server says it got
down HOST PORT COUNT  receives to the end and prints what it got
"""
import socket
import sys
import threading
import zlib

# A length that no buffer of anybody has: bytes at a wrong place change the sum.
BLOCK = bytes((i * 7919 + (i >> 8) * 104729 + (i >> 16)) & 255 for i in range(1_000_003))


def blocks(count):
    while count > 0:
        block = BLOCK if count >= len(BLOCK) else BLOCK[:count]
        yield block
        count -= len(block)


def text(count, crc):
    return f"{count} bytes, crc32 {crc:08x}"


def received(s, start=b""):
    count, crc = len(start), zlib.crc32(start)
    buffer = bytearray(1 << 20)
    view = memoryview(buffer)
    while n := s.recv_into(buffer):
        count += n
        crc = zlib.crc32(view[:n], crc)
    return text(count, crc)


def summed(count):
    crc = 0
    for block in blocks(count):
        crc = zlib.crc32(block, crc)
    return text(count, crc)


def send(s, count):
    for block in blocks(count):
        s.sendall(block)
    s.shutdown(socket.SHUT_WR)


def answer(s):
    with s:
        first = b""
        while b"\n" not in first:
            first += s.recv(4096)
        line, rest = first.split(b"\n", 1)
        words = line.split()
        if words[0] == b"up":
            s.sendall(received(s, rest).encode())
        else:
            send(s, int(words[1]))
            while s.recv(4096):
                pass


def serve(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, 0), family=family, backlog=128)
    print(server.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=answer, args=[server.accept()[0]], daemon=True).start()


def main(what, *args):
    if what == "serve":
        serve(*args)
    elif what == "sum":
        print(summed(int(args[0])))
    else:
        host, port, count = args
        with socket.create_connection((host, int(port))) as s:
            if what == "up":
                s.sendall(b"up\n")
                send(s, int(count))
                print(s.makefile().read())
            else:
                s.sendall(f"down {count}\n".encode())
                print(received(s))


main(*sys.argv[1:])
