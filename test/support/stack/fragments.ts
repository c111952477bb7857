/** Packets cut into fragments, as a namespace's kernel does it or as nobody should. */
import {
  IPV4_MORE_FRAGMENTS,
  NEXT_FRAGMENT,
  PROTOCOL_UDP,
  dataViewOf,
  ipv6Fragment,
} from '../../../src/wire/index.js';
import { packet, udpMessage, type DatagramOptions, type PacketOptions } from './frames.js';

export interface Cut {
  readonly start: number;
  readonly end: number;
  /** Otherwise: what reaches to the end is the last. */
  readonly more?: boolean;
}

/** One fragment of a message that needs no cutting at multiples of 8. */
export function fragmentOf(
  options: PacketOptions,
  protocol: number,
  message: Uint8Array,
  cut: Cut,
): Uint8Array {
  const { start, end, more = end < message.length } = cut;
  const part = message.subarray(start, end);
  const { identification = 1 } = options;
  if (!options.from.includes(':')) {
    const fragment = (more ? IPV4_MORE_FRAGMENTS : 0) | (start / 8);
    return packet({ ...options, identification, fragment }, protocol, part);
  }
  const header = new Uint8Array(ipv6Fragment.size);
  const offsetAndMore = start | (more ? 1 : 0);
  ipv6Fragment.write(dataViewOf(header), 0, {
    nextHeader: protocol,
    ...{ offsetAndMore, identification },
  });
  return packet(options, NEXT_FRAGMENT, Uint8Array.of(...header, ...part));
}

/** A UDP datagram cut at these places. */
export function datagramFragments(
  options: DatagramOptions,
  payload: Uint8Array,
  places: readonly number[],
): Uint8Array[] {
  const message = udpMessage(options, payload);
  const edges = [0, ...places, message.length];
  return edges
    .slice(1)
    .map((end, i) => fragmentOf(options, PROTOCOL_UDP, message, { start: edges[i] ?? 0, end }));
}
