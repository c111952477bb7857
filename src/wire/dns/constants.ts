/** Numbers of the DNS (IANA, "Domain Name System (DNS) Parameters"), under their names there. */

/** RR types that this codec knows by name; any other number is as good. */
export const types = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

export const classes = { IN: 1, CH: 3, NONE: 254, ANY: 255 } as const;

export const opcodes = { QUERY: 0, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

/** RCODEs, the extended ones of RFC 6891 section 6.1.3 included. */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

const typeNames = new Map<number, string>(
  Object.entries(types).map(([name, number]) => [number, name]),
);

/** `AAAA`; `TYPE65280` for what has no name here (RFC 3597 section 5). */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}
