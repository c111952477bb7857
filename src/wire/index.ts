/** Bytes and values: no input, no output, no clock. */
export * from './arp.js';
export * as checksum from './checksum.js';
export * as dns from './dns/index.js';
export * from './domain-names.js';
export * from './ethernet.js';
export * as fields from './fields.js';
export * from './icmp.js';
export * from './ip-text.js';
export * from './ipv4.js';
export * from './ipv6.js';
export * from './ndp/index.js';
export * as netlink from './netlink/index.js';
export * from './sockaddr.js';
export * from './struct.js';
export * from './tcp.js';
export * from './udp.js';
export * from './virtio-net.js';
export { Writer } from './writer.js';
