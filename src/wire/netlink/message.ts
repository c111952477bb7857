/** struct nlmsghdr, and messages one after the other in a buffer (RFC 3549 section 2.3.2). */
import { DecodeError } from '../../errors/index.js';
import { le16, le32 } from '../fields.js';
import { struct } from '../struct.js';
import { Writer } from '../writer.js';

export const nlmsghdr = struct('nlmsghdr', 16, {
  length: le32,
  type: le16,
  flags: le16,
  sequence: le32,
  port: le32,
});

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The sender's port: 0 is the kernel, and what a process may leave empty. */
  readonly port: number;
  readonly payload: Uint8Array;
}

const ALIGNMENT = 4;

/** The messages of a datagram, as views on its bytes. Throws DecodeError. */
export function parseMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { length, type, flags, sequence, port } = nlmsghdr.parse(bytes, at);
    if (length < nlmsghdr.size || at + length > bytes.length) {
      throw new DecodeError(`a length of ${length}`, { struct: 'nlmsghdr', offset: at, bytes });
    }
    const payload = bytes.subarray(at + nlmsghdr.size, at + length);
    messages.push({ type, flags, sequence, port, payload });
    at += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  }
  return messages;
}

export function emitMessages(messages: readonly Message[]): Uint8Array {
  const writer = new Writer();
  for (const { type, flags, sequence, port, payload } of messages) {
    const at = writer.reserve(nlmsghdr.size);
    const length = nlmsghdr.size + payload.length;
    nlmsghdr.write(writer.view, at, { length, type, flags, sequence, port });
    writer.append(payload);
    writer.align(ALIGNMENT);
  }
  return writer.finish();
}
