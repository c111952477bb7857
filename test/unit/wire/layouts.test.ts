/** Everything that travels in frames, beside the C headers of both architectures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as wire from '../../../src/wire/index.js';
import { layoutsOf, whyNotAsked } from '../../support/layouts.js';

/** A table of ours, its struct in C, and what C calls our fields. */
const structs: readonly [
  { readonly size: number; readonly offset: object },
  string,
  Readonly<Record<string, string>>,
][] = [
  [
    wire.virtioNet,
    'struct virtio_net_hdr',
    {
      flags: 'flags',
      gsoType: 'gso_type',
      headerLength: 'hdr_len',
      gsoSize: 'gso_size',
      checksumStart: 'csum_start',
      checksumOffset: 'csum_offset',
    },
  ],
  [wire.ethernet, 'struct ethhdr', { destination: 'h_dest', source: 'h_source', type: 'h_proto' }],
  [
    wire.arp,
    'struct ether_arp',
    {
      hardwareType: 'arp_hrd',
      protocolType: 'arp_pro',
      hardwareLength: 'arp_hln',
      protocolLength: 'arp_pln',
      operation: 'arp_op',
      senderMac: 'arp_sha',
      senderAddress: 'arp_spa',
      targetMac: 'arp_tha',
      targetAddress: 'arp_tpa',
    },
  ],
  [
    wire.ipv4,
    'struct iphdr',
    {
      trafficClass: 'tos',
      totalLength: 'tot_len',
      identification: 'id',
      flagsAndFragment: 'frag_off',
      ttl: 'ttl',
      protocol: 'protocol',
      checksum: 'check',
      source: 'saddr',
      destination: 'daddr',
    },
  ],
  [
    wire.ipv6,
    'struct ip6_hdr',
    {
      versionClassFlow: 'ip6_flow',
      payloadLength: 'ip6_plen',
      nextHeader: 'ip6_nxt',
      hopLimit: 'ip6_hlim',
      source: 'ip6_src',
      destination: 'ip6_dst',
    },
  ],
  [
    wire.ipv6Fragment,
    'struct ip6_frag',
    { nextHeader: 'ip6f_nxt', offsetAndMore: 'ip6f_offlg', identification: 'ip6f_ident' },
  ],
  [
    wire.tcp,
    'struct tcphdr',
    {
      sourcePort: 'source',
      destinationPort: 'dest',
      sequence: 'seq',
      acknowledgment: 'ack_seq',
      flags: 'th_flags',
      window: 'window',
      checksum: 'check',
      urgent: 'urg_ptr',
    },
  ],
  [
    wire.udp,
    'struct udphdr',
    { sourcePort: 'source', destinationPort: 'dest', length: 'len', checksum: 'check' },
  ],
  [wire.icmp, 'struct icmphdr', { type: 'type', code: 'code', checksum: 'checksum', rest: 'un' }],
  [wire.icmpEcho, 'struct icmphdr', { identifier: 'un.echo.id', sequence: 'un.echo.sequence' }],
  [wire.routerSolicitation, 'struct nd_router_solicit', {}],
  [
    wire.routerAdvertisement,
    'struct nd_router_advert',
    {
      hopLimit: 'nd_ra_curhoplimit',
      flags: 'nd_ra_flags_reserved',
      lifetime: 'nd_ra_router_lifetime',
      reachableTime: 'nd_ra_reachable',
      retransmitTimer: 'nd_ra_retransmit',
    },
  ],
  [wire.neighbourSolicitation, 'struct nd_neighbor_solicit', { target: 'nd_ns_target' }],
  [
    wire.neighbourAdvertisement,
    'struct nd_neighbor_advert',
    { flags: 'nd_na_flags_reserved', target: 'nd_na_target' },
  ],
];

/** Constants of which the headers know nothing: standards that only user space speaks, limits. */
const inNoHeader =
  /^(AF_|BOOT|DHCP|SOCKADDR_|UNIX_|NDP_HOP_LIMIT|ND_OPT_(RDNSS|DNSSL)|SACK_|WINDOW_)/;
/** Younger than the headers of some distributions that nskit is built on. */
const inNewHeaders = ['VIRTIO_NET_HDR_GSO_UDP_L4'];

for (const arch of ['x64', 'arm64'] as const) {
  const skip = whyNotAsked(arch) ?? false;
  describe(`the headers of ${arch} agree with`, { skip }, () => {
    const c = skip === false ? layoutsOf(arch, '-DLAYOUTS_OF_PACKETS') : new Map<string, number>();

    for (const [ours, struct, fields] of structs) {
      test(struct, () => {
        assert.equal(ours.size, c.get(`sizeof ${struct}`));
        for (const [field, name] of Object.entries(fields)) {
          const offset = (ours.offset as Record<string, number>)[field];
          assert.equal(offset, c.get(`${struct}.${name}`), field);
        }
      });
    }

    test('every constant', () => {
      for (const [name, value] of Object.entries(wire)) {
        if (typeof value !== 'number' || inNoHeader.test(name)) continue;
        if (inNewHeaders.includes(name) && !c.has(name)) continue;
        assert.equal(value, c.get(name), name);
      }
    });

    test('the flags of TCP', () => {
      const { FIN, SYN, RST, PSH, ACK, URG } = wire.tcpFlags;
      const names = ['FIN', 'SYN', 'RST', 'PUSH', 'ACK', 'URG'];
      const listed = names.map((name) => c.get(`TH_${name}`));
      assert.deepEqual([FIN, SYN, RST, PSH, ACK, URG], listed);
    });
  });
}
