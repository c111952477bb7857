/**
 * Addresses of ours answer a ping themselves: nothing of the host's stands behind the DNS server's,
 * and whether the host lets its users ping says nothing about the way to us.
 */
import type { DatagramEvents, HostDatagrams } from '../../stack/index.js';
import type { Decision } from '../decision.js';

export function answeredPing(): Decision {
  return { kind: 'service', open: (_ends, events) => mirror(events) };
}

/** A reply is the request but for its type, which the stack sets (RFC 792). */
function mirror(events: DatagramEvents): HostDatagrams {
  const send = (bytes: Uint8Array, at: number, length: number): number => {
    events.received(bytes, at, length, length);
    return length;
  };
  return { send, sendSegments: send, close: () => undefined };
}
