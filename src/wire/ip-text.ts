/** IPv4 and IPv6 addresses as text (RFC 4291 section 2.2) and as 4 or 16 bytes. */

/** The bytes of an address, or undefined when the text is none. Zones (`%eth0`) are not part of it. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/** Canonical text: dotted decimal, or RFC 5952, as the kernel and `ip` print it. */
export function formatIp(bytes: Uint8Array): string {
  return bytes.length === 4 ? formatIPv4(bytes) : formatIPv6(bytes);
}

/** A number of bits set from the left, as a netmask has them: 24 -> 255.255.255.0. */
export function networkOf(address: Uint8Array, prefixLength: number): Uint8Array {
  return address.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefixLength - 8 * i));
    return byte & (0xff00 >> kept) & 0xff;
  });
}

/** Whether an address lies in a network of the same family. */
export function isWithin(address: Uint8Array, network: Uint8Array, prefixLength: number): boolean {
  if (address.length !== network.length) return false;
  const whole = prefixLength >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== network[i]) return false;
  const rest = prefixLength & 7;
  if (rest === 0) return true;
  return (((address[whole] ?? 0) ^ (network[whole] ?? 0)) & (0xff00 >> rest) & 0xff) === 0;
}

export function parseIPv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isPart = (part: string): boolean => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256;
  return parts.length === 4 && parts.every(isPart) ? Uint8Array.from(parts, Number) : undefined;
}

export function parseIPv6(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const first = groupsOf(head, tail === undefined);
  const last = tail === undefined ? [] : groupsOf(tail, true);
  if (first === undefined || last === undefined) return undefined;
  const missing = 16 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...first, ...new Array<number>(missing).fill(0), ...last]);
}

/** The bytes of groups between colons; the last two may be written as an IPv4 address. */
function groupsOf(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
      continue;
    }
    const ipv4 = atEnd && i === groups.length - 1 ? parseIPv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    bytes.push(...ipv4);
  }
  return bytes;
}

export function formatIPv4(bytes: Uint8Array): string {
  return bytes.join('.');
}

export function formatIPv6(bytes: Uint8Array): string {
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  const { at, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + length).join(':')}`;
}

/** RFC 4291 section 2.5.5.2. */
function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 255));
}

/** RFC 5952 section 4.2: the longest run of zero groups, the first of equals. */
function longestZeros(groups: readonly string[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0;
    if (length > best.length) best = { at: i + 1 - length, length };
  }
  return best;
}
