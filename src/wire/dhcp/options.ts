/** Numbers of DHCP options and messages (RFC 2132; RFC 3397 for the search list). */

export const dhcpOptions = {
  subnetMask: 1,
  router: 3,
  nameServers: 6,
  domainName: 15,
  interfaceMtu: 26,
  broadcastAddress: 28,
  requestedAddress: 50,
  /** Seconds. */
  leaseTime: 51,
  messageType: 53,
  serverIdentifier: 54,
  domainSearch: 119,
} as const;

/** Section 9.6. */
export const dhcpMessageTypes = {
  DHCPDISCOVER: 1,
  DHCPOFFER: 2,
  DHCPREQUEST: 3,
  DHCPDECLINE: 4,
  DHCPACK: 5,
  DHCPNAK: 6,
  DHCPRELEASE: 7,
  DHCPINFORM: 8,
} as const;
