/** The namespace's questions by UDP: a flow is a client, a datagram a question. */
import type { DatagramEvents, DnsClient, HostDatagrams, Resolver } from '../../stack/index.js';

/** How a flow to the DNS server's address is opened; `onAsked` as of the streams. */
export function datagramService(
  resolver: Resolver,
  onAsked: () => void,
): (events: DatagramEvents) => HostDatagrams {
  return (events) => {
    const client: DnsClient = {
      via: 'udp',
      reply: (message) => {
        events.received(message, 0, message.length, message.length);
      },
    };
    const send = (bytes: Uint8Array, at: number, length: number): number => {
      // A copy, because the bytes lie in the frame.
      resolver.receive(bytes.slice(at, at + length), client, performance.now());
      onAsked();
      return length;
    };
    return {
      send,
      sendSegments: (bytes, at, length, segment) => {
        for (let from = at; from < at + length; from += segment) {
          send(bytes, from, Math.min(segment, at + length - from));
        }
        return length;
      },
      close: () => {
        resolver.forget(client);
      },
    };
  };
}
