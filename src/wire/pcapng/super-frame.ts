/**
 * A frame of a tap device as a capture shows it: without its virtio-net header, and whole as it
 * crossed the device, even if it is one that a wire could not carry. What was left to the device of
 * its checksum is done, so that whoever reads the file finds it right.
 */
import * as checksum from '../checksum.js';
import { dataViewOf } from '../struct.js';
import { udp } from '../udp.js';
import { VIRTIO_NET_HDR_F_NEEDS_CSUM, virtioNet } from '../virtio-net.js';

export interface CapturedFrame {
  /** A copy, from the Ethernet header on. */
  readonly bytes: Uint8Array;
  /** Of a super-frame: the payload of each segment that it stands for, in bytes. */
  readonly segment?: number | undefined;
}

/** Of a frame too short for its header, nothing is left. */
export function capturedFrame(frame: Uint8Array): CapturedFrame {
  const bytes = frame.slice(virtioNet.size);
  if (frame.length < virtioNet.size) return { bytes };
  const { flags, gsoType, gsoSize, checksumStart, checksumOffset } = virtioNet.parse(frame);
  if ((flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) !== 0) {
    completeChecksum(bytes, checksumStart, checksumOffset);
  }
  return gsoType === 0 ? { bytes } : { bytes, segment: gsoSize };
}

/** The field holds the pseudo header's sum; it is part of what is added up. */
function completeChecksum(bytes: Uint8Array, start: number, offset: number): void {
  const at = start + offset;
  // A header that says otherwise is what the namespace sent; it is shown as it is.
  if (at + 2 > bytes.length) return;
  const view = dataViewOf(bytes);
  const sum = checksum.finish(checksum.addBytes(0, view, start, bytes.length - start));
  // To UDP 0 means that there is none, and the other zero stands for 0 (RFC 768).
  const isUdp = offset === udp.offset.checksum;
  view.setUint16(at, sum === 0 && isUdp ? 0xffff : sum);
}
