/**
 * Acknowledgements: struct nlmsgerr, with what the kernel says beside the errno (NLMSGERR_ATTR_*)
 * where the socket has asked for it (NETLINK_EXT_ACK).
 */
import { sle32 } from '../fields.js';
import { struct } from '../struct.js';
import { Writer } from '../writer.js';
import { attribute, attributes, type TableValue } from './attributes.js';
import { bytes, text, u32 } from './codecs.js';
import { NLMSG_DONE, NLM_F_ACK_TLVS, NLM_F_CAPPED } from './constants.js';
import { nlmsghdr, type Message } from './message.js';
import type { StructValue } from '../struct.js';

const nlmsgerr = struct('nlmsgerr', 4, { error: sle32 });

export const ackAttributes = attributes({
  message: attribute('NLMSGERR_ATTR_MSG', 1, text),
  /** From the beginning of the request, its header included, to the attribute in question. */
  offset: attribute('NLMSGERR_ATTR_OFFS', 2, u32),
  cookie: attribute('NLMSGERR_ATTR_COOKIE', 3, bytes),
  policy: attribute('NLMSGERR_ATTR_POLICY', 4, bytes),
  missingType: attribute('NLMSGERR_ATTR_MISS_TYPE', 5, u32),
  missingNest: attribute('NLMSGERR_ATTR_MISS_NEST', 6, u32),
});

export type AckAttributes = TableValue<typeof ackAttributes>;

export interface Ack {
  /** 0, or a negative errno. */
  readonly error: number;
  /** The header of the request; the end of a dump has none. */
  readonly request?: StructValue<typeof nlmsghdr>;
  /** What the request said, when the socket has not asked to leave it out (NETLINK_CAP_ACK). */
  readonly echo?: Uint8Array;
  readonly attributes: AckAttributes;
}

/** An NLMSG_ERROR, or the NLMSG_DONE of a dump. Throws DecodeError. */
export function parseAck({ type, flags, payload }: Message): Ack {
  // The end of a dump may have no payload at all in old kernels.
  if (type === NLMSG_DONE && payload.length < nlmsgerr.size) return { error: 0, attributes: {} };
  const { error } = nlmsgerr.parse(payload);
  const hasAttributes = (flags & NLM_F_ACK_TLVS) !== 0;
  const from = (at: number): AckAttributes =>
    hasAttributes ? ackAttributes.parse(payload.subarray(at)) : {};
  if (type === NLMSG_DONE) return { error, attributes: from(nlmsgerr.size) };
  const request = nlmsghdr.parse(payload, nlmsgerr.size);
  const echoAt = nlmsgerr.size + nlmsghdr.size;
  if (error === 0 || (flags & NLM_F_CAPPED) !== 0) {
    return { error, request, attributes: from(echoAt) };
  }
  const end = nlmsgerr.size + Math.max(request.length, nlmsghdr.size);
  const echo = payload.slice(echoAt, end);
  return { error, request, echo, attributes: from((end + 3) & ~3) };
}

/** The payload of an NLMSG_ERROR. */
export function emitAck({ error, request, echo, attributes: values }: Ack): Uint8Array {
  const writer = new Writer();
  nlmsgerr.write(writer.view, writer.reserve(nlmsgerr.size), { error });
  if (request !== undefined) {
    const at = writer.reserve(nlmsghdr.size);
    nlmsghdr.write(writer.view, at, request);
  }
  if (echo !== undefined) writer.append(echo);
  writer.align(4);
  ackAttributes.write(writer, values);
  return writer.finish();
}
