/** Numbers of DHCPv6 messages, options and status codes (RFC 8415 sections 7 and 21, RFC 3646). */

export const dhcpv6Types = {
  SOLICIT: 1,
  ADVERTISE: 2,
  REQUEST: 3,
  CONFIRM: 4,
  RENEW: 5,
  REBIND: 6,
  REPLY: 7,
  RELEASE: 8,
  DECLINE: 9,
  'INFORMATION-REQUEST': 11,
} as const;

export const dhcpv6Options = {
  CLIENTID: 1,
  SERVERID: 2,
  IA_NA: 3,
  IAADDR: 5,
  STATUS_CODE: 13,
  RAPID_COMMIT: 14,
  DNS_SERVERS: 23,
  DOMAIN_LIST: 24,
} as const;

export const dhcpv6Status = { Success: 0, NoAddrsAvail: 2, NotOnLink: 4 } as const;
