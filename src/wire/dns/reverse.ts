/** Names that stand for addresses: in-addr.arpa (RFC 1035 section 3.5), ip6.arpa (RFC 3596). */
import { formatIp, parseIPv4, parseIp } from '../ip-text.js';

/** Of an IPv4 or IPv6 address as text; undefined when it is none. */
export function reverseName(address: string): string | undefined {
  const bytes = parseIp(address);
  if (bytes === undefined) return undefined;
  if (bytes.length === 4) return `${[...bytes].reverse().join('.')}.in-addr.arpa`;
  const nibbles = [...bytes].reverse().flatMap((byte) => [byte & 15, byte >> 4]);
  return `${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa`;
}

/** The address, in canonical text, that a folded name asks about. */
export function addressOfReverse(name: string): string | undefined {
  const ipv4 = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name)?.[1];
  if (ipv4 !== undefined) {
    const text = ipv4.slice(0, -1).split('.').reverse().join('.');
    return parseIPv4(text) === undefined ? undefined : text;
  }
  const ipv6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1];
  if (ipv6 === undefined) return undefined;
  const digits = ipv6.replaceAll('.', '').split('').reverse().join('');
  const pairs = digits.match(/../g) ?? [];
  return formatIp(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)));
}
