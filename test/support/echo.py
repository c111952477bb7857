"""Echo servers and their clients.

serve ADDRESS            prints a port on which TCP and UDP come back
udp HOST PORT SIZE...    sends datagrams of these sizes, each when the one before has come back
burst HOST PORT COUNT SIZE  sends COUNT datagrams of SIZE bytes in a row, numbered; prints how many
                         came back, each once, each as it was sent
answers HOST PORT SIZE...   asks for answers of these sizes in one go; prints what came
"""
import asyncio
import socket
import sys
import threading

WAIT_SECONDS = 20


ASK = b"answers:"


def udp_echo(s):
    while True:
        data, address = s.recvfrom(1 << 16)
        if data.startswith(ASK):
            for size in map(int, data[len(ASK) :].split()):
                s.sendto(pattern(size), address)
        else:
            s.sendto(data, address)


def pattern(size):
    return bytes(i * 31 & 255 for i in range(size))


async def tcp_echo(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def serve(address):
    server = await asyncio.start_server(tcp_echo, address, 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    udp = udp_socket(address)
    udp.bind((address, port))
    threading.Thread(target=udp_echo, args=[udp], daemon=True).start()
    print(port, flush=True)
    await server.serve_forever()


def udp_socket(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    return s


def connected(host, port):
    s = udp_socket(host)
    s.settimeout(WAIT_SECONDS)
    s.connect((host, int(port)))
    return s


def udp(host, port, *sizes):
    with connected(host, port) as s:
        for size in map(int, sizes):
            sent = pattern(size)
            s.send(sent)
            got = s.recv(1 << 16)
            print(size, "came back" if got == sent else f"came back as {len(got)} bytes")


def burst(host, port, count, size):
    count, size = int(count), int(size)
    seen = set()
    with connected(host, port) as s:
        for i in range(count):
            s.send(i.to_bytes(4, "big") * (size // 4))
        while len(seen) < count:
            got = s.recv(1 << 16)
            assert len(got) == size and got == got[:4] * (size // 4), len(got)
            assert got[:4] not in seen
            seen.add(got[:4])
    print(len(seen))


def answers(host, port, *sizes):
    with connected(host, port) as s:
        s.send(ASK + " ".join(sizes).encode())
        for size in map(int, sizes):
            got = s.recv(1 << 16)
            print(size, "came" if got == pattern(size) else f"came as {len(got)} bytes")


if sys.argv[1] == "serve":
    asyncio.run(serve(sys.argv[2]))
else:
    {"udp": udp, "burst": burst, "answers": answers}[sys.argv[1]](*sys.argv[2:])
