/**
 * Bytes that are not what they should be. A decoder returns a value or throws this, never anything
 * else. `code` is the errno that Linux has for it.
 */
export interface DecodeFailure {
  /** What was being decoded: a struct, an attribute, a message. */
  readonly struct: string;
  /** Where in the bytes it went wrong. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class DecodeError extends Error implements DecodeFailure {
  readonly code = 'EBADMSG';
  readonly struct: string;
  readonly offset: number;
  readonly bytes: Uint8Array;

  constructor(problem: string, { struct, offset, bytes }: DecodeFailure) {
    super(`${struct}: ${problem} at byte ${offset} of ${bytes.length}`);
    this.name = 'DecodeError';
    this.struct = struct;
    this.offset = offset;
    this.bytes = bytes;
  }
}
