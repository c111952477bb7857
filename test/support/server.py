"""A server inside, for published ports. server.py ADDRESS PORT: answers by TCP and UDP with who asks
as "ADDRESS PORT", a line, then what it was sent, and ends its stream when the client has.
"""
import asyncio
import socket
import sys

address, port = sys.argv[1], int(sys.argv[2])


def greeting(peer):
    return f"{peer[0].removeprefix('::ffff:')} {peer[1]}\n".encode()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.transport.sendto(greeting(peer) + data, peer)


async def stream(reader, writer):
    try:
        writer.write(greeting(writer.get_extra_info("peername")))
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()
    except ConnectionError:
        pass


def bound(kind):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, kind)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    return s


async def main():
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Datagrams, sock=bound(socket.SOCK_DGRAM))
    server = await asyncio.start_server(stream, sock=bound(socket.SOCK_STREAM), backlog=4096)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
