/** A TCP/IP stack without input, output or clock: frames and events go in, frames come out. */
export { isSomebodys, linkLocalOf } from './addresses.js';
export * from './dns/index.js';
export { Drops, dropReasons, type DropReason } from './drops.js';
export type * from './flow-watch.js';
export type * from './host.js';
export { EAGAIN, PEEK_WINDOW_BYTES } from './host.js';
export { defaultLimits, type StackLimits } from './limits.js';
export type { Link } from './link.js';
export type { IpVersion } from './packet.js';
export { portUnreachable } from './port-unreachable.js';
export type { Random } from './random.js';
export type { ChangeableSettings, FamilySettings, StackSettings } from './settings.js';
export { Stack, type StackOptions } from './stack.js';
export * from './tcp/index.js';
