/** What a stack is told about its network. */
import { emitDomainNames } from '../wire/index.js';

export interface FamilySettings {
  /** Whole addresses, 4 or 16 bytes. */
  readonly network: Uint8Array;
  readonly prefixLength: number;
  /** We answer for these two; the gateway's is also the host's, as seen from inside. */
  readonly gateway: Uint8Array;
  readonly dns: Uint8Array;
  /** The namespace's own. */
  readonly guest: Uint8Array;
}

export interface StackSettings {
  /** The gateway's MAC address; it answers for every address of ours. */
  readonly mac: Uint8Array;
  /** The device's, until a frame says otherwise. */
  readonly guestMac: Uint8Array;
  /** Of the device, in bytes: the largest IP packet. */
  readonly mtu: number;
  readonly ipv4?: FamilySettings | undefined;
  readonly ipv6?: FamilySettings | undefined;
  /** Whether the host has a way out by IPv6: then the router advertises itself as the default. */
  readonly ipv6IsDefault?: boolean;
  /** Flows from the host lead to 127.0.0.1 inside, and its answers are taken. */
  readonly publishesLoopback?: boolean | undefined;
  /** Domain search list for DHCP and router advertisements. */
  readonly searchDomains?: readonly string[];
}

/** What may change while the stack runs. */
export type ChangeableSettings = Pick<StackSettings, 'ipv6IsDefault' | 'searchDomains'>;

/** Bytes of a search list: it has to fit into one packet, and into one option, of each protocol. */
const SEARCH_LIST_MAX = 512;

/** The first domains, as many as can be passed on. */
export function domainsThatFit(domains: readonly string[]): readonly string[] {
  let bytes = 0;
  const isBeyond = (domain: string): boolean => {
    bytes += emitDomainNames([domain]).length;
    return bytes > SEARCH_LIST_MAX;
  };
  const end = domains.findIndex(isBeyond);
  return end < 0 ? domains : domains.slice(0, end);
}
