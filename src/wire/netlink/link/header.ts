/** struct ifinfomsg and the flags in it (linux/rtnetlink.h, linux/if.h). */
import { le16, le32, pad, sle32, u8 } from '../../fields.js';
import { struct } from '../../struct.js';

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_SETLINK = 19;

export const ifinfomsg = struct('ifinfomsg', 16, {
  family: u8,
  _pad: pad(1),
  /** ARPHRD_*. */
  type: le16,
  index: sle32,
  flags: le32,
  /** Which of the flags are meant. */
  change: le32,
});

/** In the order in which `ip` prints them. */
export const interfaceFlags = {
  LOOPBACK: 0x8,
  BROADCAST: 0x2,
  POINTOPOINT: 0x10,
  MULTICAST: 0x1000,
  NOARP: 0x80,
  ALLMULTI: 0x200,
  PROMISC: 0x100,
  MASTER: 0x400,
  SLAVE: 0x800,
  DEBUG: 0x4,
  DYNAMIC: 0x8000,
  AUTOMEDIA: 0x4000,
  PORTSEL: 0x2000,
  NOTRAILERS: 0x20,
  UP: 0x1,
  RUNNING: 0x40,
  LOWER_UP: 0x10000,
  DORMANT: 0x20000,
  ECHO: 0x40000,
} as const;

export type InterfaceFlag = keyof typeof interfaceFlags;

export function flagNames(flags: number): InterfaceFlag[] {
  const names = Object.keys(interfaceFlags) as InterfaceFlag[];
  return names.filter((name) => (flags & interfaceFlags[name]) !== 0);
}

/** RFC 2863, in the kernel's order: IFLA_OPERSTATE. */
export const operationalStates = [
  'UNKNOWN',
  'NOTPRESENT',
  'DOWN',
  'LOWERLAYERDOWN',
  'TESTING',
  'DORMANT',
  'UP',
] as const;

export type OperationalState = (typeof operationalStates)[number];
