/** RTM_*ADDR: struct ifaddrmsg and IFA_* (linux/if_addr.h). */
import { le32, u8 as u8Field } from '../../fields.js';
import { struct, type StructValue } from '../../struct.js';
import { attribute, attributes, type TableValue } from '../attributes.js';
import { body } from '../body.js';
import { ip, s32, structure, text, u32, u8 } from '../codecs.js';

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;

export const ifaddrmsg = struct('ifaddrmsg', 8, {
  family: u8Field,
  prefixLength: u8Field,
  /** The lower eight; IFA_FLAGS has all. */
  flags: u8Field,
  scope: u8Field,
  index: le32,
});

/** Lifetimes in seconds; 0xffffffff is for ever. Times in hundredths of a second since boot. */
const cacheInfo = struct('ifa_cacheinfo', 16, {
  preferred: le32,
  valid: le32,
  created: le32,
  updated: le32,
});

export const addressAttributes = attributes({
  /** Of a point-to-point link the other end's; else the same as `local`. */
  address: attribute('IFA_ADDRESS', 1, ip),
  local: attribute('IFA_LOCAL', 2, ip),
  label: attribute('IFA_LABEL', 3, text),
  broadcast: attribute('IFA_BROADCAST', 4, ip),
  anycast: attribute('IFA_ANYCAST', 5, ip),
  cacheInfo: attribute('IFA_CACHEINFO', 6, structure(cacheInfo)),
  multicast: attribute('IFA_MULTICAST', 7, ip),
  flags: attribute('IFA_FLAGS', 8, u32),
  metric: attribute('IFA_RT_PRIORITY', 9, u32),
  targetNetNsId: attribute('IFA_TARGET_NETNSID', 10, s32),
  protocol: attribute('IFA_PROTO', 11, u8),
});

export const FOREVER = 0xffffffff;

/** IFA_F_*, under the words that `ip` has for them. */
export const addressFlags = {
  secondary: 0x1,
  nodad: 0x2,
  optimistic: 0x4,
  dadfailed: 0x8,
  home: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  mngtmpaddr: 0x100,
  noprefixroute: 0x200,
  autojoin: 0x400,
} as const;

export type AddressFlag = keyof typeof addressFlags;

export type AddressMessage = {
  readonly header: StructValue<typeof ifaddrmsg>;
  readonly attributes: TableValue<typeof addressAttributes>;
};

export const address = body(ifaddrmsg, addressAttributes);
