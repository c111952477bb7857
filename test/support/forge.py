"""Frames that no kernel would send: forge.py PORT ADDRESS...

For each address a TCP SYN and a UDP datagram to the port, straight onto tap0 for the gateway.
"""
import fcntl
import ipaddress
import socket
import struct
import sys

port, *addresses = sys.argv[1:]
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("tap0", 0))
mac = fcntl.ioctl(link, 0x8927, struct.pack("256s", b"tap0"))[18:24]
GATEWAY = bytes.fromhex("026e736b0002")


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def with_checksum(pseudo, segment, at):
    value = struct.pack("!H", checksum(pseudo + segment))
    return segment[:at] + value + segment[at + 2 :]


def packet(destination, protocol, segment, at):
    source = ipaddress.ip_address("10.0.2.100" if destination.version == 4 else "fd00::100")
    ends = source.packed + destination.packed
    if destination.version == 4:
        pseudo = ends + struct.pack("!BBH", 0, protocol, len(segment))
        segment = with_checksum(pseudo, segment, at)
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, protocol, 0) + ends
        return 0x0800, with_checksum(b"", header, 10) + segment
    pseudo = ends + struct.pack("!IxxxB", len(segment), protocol)
    segment = with_checksum(pseudo, segment, at)
    return 0x86DD, struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64) + ends + segment


for number, text in enumerate(addresses):
    destination = ipaddress.ip_address(text)
    syn = struct.pack("!HHIIBBHHH", 40000 + number, int(port), 1, 0, 5 << 4, 2, 65535, 0, 0)
    datagram = struct.pack("!HHHH", 40000 + number, int(port), 14, 0) + b"forged"
    for protocol, segment, at in ((6, syn, 16), (17, datagram, 6)):
        kind, whole = packet(destination, protocol, segment, at)
        link.send(GATEWAY + mac + struct.pack("!H", kind) + whole)
