/** Bytes and values: no input, no output, no clock. */
export * as fields from './fields.js';
export * from './ip-text.js';
export * as netlink from './netlink/index.js';
export * from './sockaddr.js';
export * from './struct.js';
export { Writer } from './writer.js';
