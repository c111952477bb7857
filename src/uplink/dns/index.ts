/** The DNS server of a namespace, with its sockets: what the uplink answers at the DNS address. */
export { Dns, type DnsOptions } from './dns.js';
