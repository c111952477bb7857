/**
 * nfnetlink, under nf_tables (linux/netfilter/nfnetlink.h): a message's type is a subsystem and a
 * message of it; changes go between a batch's begin and end, all or none. Its integers are in
 * network order.
 */
import { be16, u8 } from '../fields.js';
import { struct, type StructValue } from '../struct.js';
import { Writer } from '../writer.js';

export const nfgenmsg = struct('nfgenmsg', 4, { family: u8, version: u8, resource: be16 });

export const NFNL_SUBSYS_NFTABLES = 10;
export const NFNL_MSG_BATCH_BEGIN = 16;
export const NFNL_MSG_BATCH_END = 17;

export const NFPROTO_UNSPEC = 0;
export const NFPROTO_INET = 1;
export const NFPROTO_IPV4 = 2;
export const NFPROTO_IPV6 = 10;

/** NFNL_SUBSYS_x << 8 | message. */
export function nfnetlinkType(subsystem: number, message: number): number {
  return (subsystem << 8) | message;
}

/** The payload of NFNL_MSG_BATCH_BEGIN and _END: the subsystem is where a resource would be. */
export function batchBoundary(subsystem: number = NFNL_SUBSYS_NFTABLES): Uint8Array {
  return nfgenmsgBytes({ family: NFPROTO_UNSPEC, version: 0, resource: subsystem });
}

export function nfgenmsgBytes(header: StructValue<typeof nfgenmsg>): Uint8Array {
  const writer = new Writer(nfgenmsg.size);
  nfgenmsg.write(writer.view, writer.reserve(nfgenmsg.size), header);
  return writer.finish();
}
