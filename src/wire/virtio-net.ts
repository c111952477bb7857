/**
 * struct virtio_net_hdr (linux/virtio_net.h, virtio 1.2 section 5.1.6) in front of each frame of a
 * tap device with IFF_VNET_HDR: which of the work on checksums and segments is left to the other
 * side. Fields are in the machine's own order.
 */
import { le16, u8 } from './fields.js';
import { struct } from './struct.js';

export const virtioNet = struct('virtio_net_hdr', 10, {
  flags: u8,
  gsoType: u8,
  /** Bytes of all headers: what every segment repeats. */
  headerLength: le16,
  /** Of the segments' payloads, in bytes. */
  gsoSize: le16,
  /** Where the checksum begins, from the start of the Ethernet header. */
  checksumStart: le16,
  /** Where its field lies, from there. */
  checksumOffset: le16,
});

/** The checksum field holds the folded pseudo-header sum, not inverted; the rest is to be added. */
export const VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
export const VIRTIO_NET_HDR_F_DATA_VALID = 2;

export const VIRTIO_NET_HDR_GSO_NONE = 0;
export const VIRTIO_NET_HDR_GSO_TCPV4 = 1;
export const VIRTIO_NET_HDR_GSO_UDP = 3;
export const VIRTIO_NET_HDR_GSO_TCPV6 = 4;
export const VIRTIO_NET_HDR_GSO_UDP_L4 = 5;
export const VIRTIO_NET_HDR_GSO_ECN = 0x80;
