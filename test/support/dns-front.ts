/**
 * The DNS server of an uplink at sockets of a test's instead of a tap device: each datagram's sender
 * is a flow, each connection is carried over the pair of sockets that the uplink would get.
 */
import type { Socket as UdpSocket } from 'node:dgram';
import { Socket, type Server } from 'node:net';
import type { FlowEnds, HostDatagrams } from '../../src/stack/index.js';
import type { Dns } from '../../src/uplink/dns/index.js';

const ends: FlowEnds = {
  version: 4,
  namespaceAddress: Uint8Array.of(10, 0, 2, 100),
  namespacePort: 40_000,
  remoteAddress: Uint8Array.of(10, 0, 2, 3),
  remotePort: 53,
};

export function serveDatagrams(dns: Dns, socket: UdpSocket): void {
  const flows = new Map<string, HostDatagrams>();
  socket.on('message', (message, { address, port }) => {
    const key = `${address} ${port}`;
    const flow = flows.get(key) ?? openFlow(dns, socket, address, port);
    flows.set(key, flow);
    flow.send(message, 0, message.length);
  });
  socket.on('close', () => {
    for (const flow of flows.values()) flow.close();
  });
}

function openFlow(dns: Dns, socket: UdpSocket, address: string, port: number): HostDatagrams {
  const decision = dns.decide({ protocol: 'udp', ends });
  if (decision?.kind !== 'service') throw new Error('the DNS server does not serve datagrams');
  return decision.open(ends, {
    received: (bytes, at, length) => {
      socket.send(bytes.slice(at, at + length), port, address);
    },
    unreachable: () => undefined,
    closed: () => undefined,
  });
}

export function serveConnections(dns: Dns, server: Server): void {
  server.on('connection', (connection) => {
    const decision = dns.decide({ protocol: 'tcp', ends });
    if (decision?.kind !== 'stream') throw new Error('the DNS server does not serve streams');
    const flow = new Socket({ fd: decision.descriptor.release(), allowHalfOpen: true });
    connection.pipe(flow).pipe(connection);
    connection.on('error', () => undefined).on('close', () => flow.destroy());
    flow.on('error', () => undefined).on('close', () => connection.destroy());
  });
}
