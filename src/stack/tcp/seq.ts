/**
 * Sequence numbers: modulo 2^32 (RFC 9293 section 3.4). They are kept as signed 32-bit integers,
 * which V8 stores in a field without allocating; compared only by these functions, never by `<`.
 */
export type Seq = number;

export function add(seq: Seq, count: number): Seq {
  return (seq + count) | 0;
}

/** How far `one` lies behind `other` in the stream: negative when it comes first. */
export function diff(one: Seq, other: Seq): number {
  return (one - other) | 0;
}

export function lessThan(one: Seq, other: Seq): boolean {
  return diff(one, other) < 0;
}

export function atMost(one: Seq, other: Seq): boolean {
  return diff(one, other) <= 0;
}

export function later(one: Seq, other: Seq): Seq {
  return lessThan(one, other) ? other : one;
}

export function earlier(one: Seq, other: Seq): Seq {
  return lessThan(one, other) ? one : other;
}
