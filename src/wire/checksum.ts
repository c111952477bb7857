/**
 * The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words in network order.
 * Sums are kept unfolded while they grow, so parts can be added in any order; only the start of a
 * part that is not the last must be even.
 */

/** The sum of these bytes added to another sum. At most 128 KiB at a time keep it exact. */
export function addBytes(sum: number, view: DataView, at: number, length: number): number {
  const even = at + (length & ~1);
  let total = sum;
  for (let i = at; i < even; i += 2) total += view.getUint16(i);
  return (length & 1) === 0 ? total : total + (view.getUint8(even) << 8);
}

/** To 16 bits, with the carries added in. */
export function fold(sum: number): number {
  // A sum of words can pass 32 bits, where the operators below would cut it off.
  let folded = sum > 0xffff_ffff ? (sum % 0x1_0000_0000) + Math.floor(sum / 0x1_0000_0000) : sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** The checksum field: the complement of the sum. */
export function finish(sum: number): number {
  return ~fold(sum) & 0xffff;
}

/** Whether a part that holds its own checksum adds up, with everything else that it covers. */
export function isIntact(sum: number): boolean {
  return fold(sum) === 0xffff;
}

/**
 * What TCP, UDP and ICMPv6 add to their own sum: addresses, protocol, length (RFC 9293 section
 * 3.1, RFC 8200 section 8.1). The addresses stand next to each other, source first.
 */
export function pseudoHeaderSum(
  view: DataView,
  addressesAt: number,
  addressLength: 4 | 16,
  { protocol, length }: { readonly protocol: number; readonly length: number },
): number {
  return addBytes(protocol + length, view, addressesAt, 2 * addressLength);
}
