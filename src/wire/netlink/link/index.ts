export * from './bridge.js';
export * from './header.js';
export * from './info.js';
export * from './macvlan.js';
export * from './message.js';
export * from './tun.js';
export type { Peer } from './veth.js';
export * from './vlan.js';
export * from './vxlan.js';
