/* eslint-disable max-lines -- a list of captures, and no code to speak of */
/**
 * Messages between iproute2 and the kernel, as strace(1) saw them on Linux 6.18: requests, answers,
 * and what `ip` was told to do.
 */

/** Bytes written in hexadecimal, with what each means after "//". */
export function bytesOf(text: string): Uint8Array {
  const digits = text.replaceAll(/\/\/.*$/gm, '').replaceAll(/\s+/g, '');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** ip link add w0 mtu 1300 type veth peer name w1 */
export const addVeth = bytesOf(`
  5c 00 00 00                          // nlmsg_len 92
  10 00                                // nlmsg_type 16 RTM_NEWLINK
  05 06                                // nlmsg_flags REQUEST|ACK|EXCL|CREATE
  86 56 02 6b                          // nlmsg_seq 1795315334
  00 00 00 00                          // nlmsg_pid 0
  00                                   // ifi_family 0
  00                                   // pad 0
  00 00                                // ifi_type 0
  00 00 00 00                          // ifi_index 0
  00 00 00 00                          // ifi_flags 0
  00 00 00 00                          // ifi_change 0
  08 00 04 00                          // IFLA_MTU, 8 bytes
    14 05 00 00                          // 1300
  07 00 03 00                          // IFLA_IFNAME, 7 bytes
    77 30 00                             // "w0"
  00                                   // padding
  2c 00 12 00                          // IFLA_LINKINFO, 44 bytes
    08 00 01 00                          // IFLA_INFO_KIND, 8 bytes
      76 65 74 68                          // 1752458614
    20 00 02 00                          // IFLA_INFO_DATA, 32 bytes
      1c 00 01 00                          // VETH_INFO_PEER, 28 bytes
        00                                   // ifi_family 0
        00                                   // pad 0
        00 00                                // ifi_type 0
        00 00 00 00                          // ifi_index 0
        00 00 00 00                          // ifi_flags 0
        00 00 00 00                          // ifi_change 0
        07 00 03 00                          // IFLA_IFNAME, 7 bytes
          77 31 00                             // "w1"
        00                                   // padding
`);

/** The answer to it. */
export const acknowledged = bytesOf(`
  24 00 00 00                          // nlmsg_len 36
  02 00                                // nlmsg_type 2 NLMSG_ERROR
  00 01                                // nlmsg_flags CAPPED
  86 56 02 6b                          // nlmsg_seq 1795315334
  6e 6d 00 00                          // nlmsg_pid 28014
  00 00 00 00                          // error 0
  5c 00 00 00                          // nlmsg_len of the request 92
  10 00                                // nlmsg_type of the request 16
  05 06                                // nlmsg_flags of the request REQUEST|ACK|EXCL|CREATE
  86 56 02 6b                          // nlmsg_seq of the request 1795315334
  00 00 00 00                          // nlmsg_pid of the request 0
`);

/** ip link add link v0 name mv0 type macvlan mode bridge */
export const addMacvlan = bytesOf(`
  4c 00 00 00                          // nlmsg_len 76
  10 00                                // nlmsg_type 16 RTM_NEWLINK
  05 06                                // nlmsg_flags REQUEST|ACK|EXCL|CREATE
  86 56 02 6b                          // nlmsg_seq 1795315334
  00 00 00 00                          // nlmsg_pid 0
  00                                   // ifi_family 0
  00                                   // pad 0
  00 00                                // ifi_type 0
  00 00 00 00                          // ifi_index 0
  00 00 00 00                          // ifi_flags 0
  00 00 00 00                          // ifi_change 0
  08 00 05 00                          // IFLA_LINK, 8 bytes
    03 00 00 00                          // 3
  08 00 03 00                          // IFLA_IFNAME, 8 bytes
    6d 76 30 00                          // 3176045
  1c 00 12 00                          // IFLA_LINKINFO, 28 bytes
    0b 00 01 00                          // IFLA_INFO_KIND, 11 bytes
      6d 61 63 76 6c 61 6e                 // "macvlan"
    00                                   // padding
    0c 00 02 00                          // IFLA_INFO_DATA, 12 bytes
      08 00 01 00                          // IFLA_MACVLAN_MODE, 8 bytes
        04 00 00 00                          // 4
`);

/** The answer to: ip link set v0 mtu 9 */
export const mtuRefused = bytesOf(`
  60 00 00 00                          // nlmsg_len 96
  02 00                                // nlmsg_type 2 NLMSG_ERROR
  00 02                                // nlmsg_flags ACK_TLVS
  86 56 02 6b                          // nlmsg_seq 1795315334
  b8 6d 00 00                          // nlmsg_pid 28088
  ea ff ff ff                          // error -22, EINVAL
  28 00 00 00                          // nlmsg_len of the request 40
  10 00                                // nlmsg_type of the request 16
  05 00                                // nlmsg_flags of the request REQUEST|ACK
  86 56 02 6b                          // nlmsg_seq of the request 1795315334
  00 00 00 00                          // nlmsg_pid of the request 0
  00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 08 00 04 00 09 00 00 00 // the rest of the request
  21 00 01 00                          // NLMSGERR_ATTR_MSG, 33 bytes
    6d 74 75 20 6c 65 73 73 20 74 68 61 6e 20 64 65 76 69 63 65 20 6d 69 6e 69 6d 75 6d 00 // "mtu less than device minimum"
  00 00 00                             // padding
`);

/** ip addr add 10.0.9.1/24 brd + dev v0 valid_lft 300 preferred_lft 200 */
export const addAddress = bytesOf(`
  44 00 00 00                          // nlmsg_len 68
  14 00                                // nlmsg_type 20 RTM_NEWADDR
  05 06                                // nlmsg_flags REQUEST|ACK|EXCL|CREATE
  86 56 02 6b                          // nlmsg_seq 1795315334
  00 00 00 00                          // nlmsg_pid 0
  02                                   // ifa_family 2
  18                                   // ifa_prefixlen 24
  00                                   // ifa_flags 0
  00                                   // ifa_scope 0
  03 00 00 00                          // ifa_index 3
  08 00 02 00                          // IFA_LOCAL, 8 bytes
    0a 00 09 01                          // 10.0.9.1
  08 00 01 00                          // IFA_ADDRESS, 8 bytes
    0a 00 09 01                          // 10.0.9.1
  08 00 04 00                          // IFA_BROADCAST, 8 bytes
    0a 00 09 ff                          // 10.0.9.255
  14 00 06 00                          // IFA_CACHEINFO, 20 bytes
    c8 00 00 00                          // ifa_prefered 200
    2c 01 00 00                          // ifa_valid 300
    00 00 00 00                          // cstamp 0
    00 00 00 00                          // tstamp 0
`);

/** One of the answers to: ip -4 addr show dev v0 */
export const listedAddress = bytesOf(`
  54 00 00 00                          // nlmsg_len 84
  14 00                                // nlmsg_type 20 RTM_NEWADDR
  22 00                                // nlmsg_flags MULTI|DUMP_FILTERED
  87 56 02 6b                          // nlmsg_seq 1795315335
  a0 6d 00 00                          // nlmsg_pid 28064
  02                                   // ifa_family 2
  18                                   // ifa_prefixlen 24
  00                                   // ifa_flags 0
  00                                   // ifa_scope 0
  03 00 00 00                          // ifa_index 3
  08 00 01 00                          // IFA_ADDRESS, 8 bytes
    0a 00 09 01                          // 10.0.9.1
  08 00 02 00                          // IFA_LOCAL, 8 bytes
    0a 00 09 01                          // 10.0.9.1
  08 00 04 00                          // IFA_BROADCAST, 8 bytes
    0a 00 09 ff                          // 10.0.9.255
  07 00 03 00                          // IFA_LABEL, 7 bytes
    76 30 00                             // "v0"
  00                                   // padding
  08 00 08 00                          // IFA_FLAGS, 8 bytes
    00 00 00 00                          // 0
  14 00 06 00                          // IFA_CACHEINFO, 20 bytes
    c8 00 00 00                          // ifa_prefered 200
    2c 01 00 00                          // ifa_valid 300
    62 66 0a 00                          // cstamp 681570
    62 66 0a 00                          // tstamp 681570
`);

/** ip route add 10.9.0.0/16 mtu 1300 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.1.2 dev v1 */
export const addMultipath = bytesOf(`
  54 00 00 00                          // nlmsg_len 84
  18 00                                // nlmsg_type 24 RTM_NEWROUTE
  05 06                                // nlmsg_flags REQUEST|ACK|EXCL|CREATE
  86 56 02 6b                          // nlmsg_seq 1795315334
  00 00 00 00                          // nlmsg_pid 0
  02                                   // rtm_family 2
  10                                   // rtm_dst_len 16
  00                                   // rtm_src_len 0
  00                                   // rtm_tos 0
  fe                                   // rtm_table 254
  03                                   // rtm_protocol 3
  00                                   // rtm_scope 0
  01                                   // rtm_type 1
  00 00 00 00                          // rtm_flags 0
  08 00 01 00                          // RTA_DST, 8 bytes
    0a 09 00 00                          // 10.9.0.0
  0c 00 08 00                          // RTA_METRICS, 12 bytes
    08 00 02 00                          // RTAX_MTU, 8 bytes
      14 05 00 00                          // 1300
  24 00 09 00                          // RTA_MULTIPATH, 36 bytes
    10 00                                // rtnh_len 16
    00                                   // rtnh_flags 0
    01                                   // rtnh_hops 1
    00 00 00 00                          // rtnh_ifindex 0
      08 00 05 00                          // RTA_GATEWAY, 8 bytes
        0a 00 00 02                          // 10.0.0.2
    10 00                                // rtnh_len 16
    00                                   // rtnh_flags 0
    00                                   // rtnh_hops 0
    02 00 00 00                          // rtnh_ifindex 2
      08 00 05 00                          // RTA_GATEWAY, 8 bytes
        0a 00 01 02                          // 10.0.1.2
`);

/** One of the answers to: ip route show 10.9.0.0/16 */
export const listedMultipath = bytesOf(`
  5c 00 00 00                          // nlmsg_len 92
  18 00                                // nlmsg_type 24 RTM_NEWROUTE
  22 00                                // nlmsg_flags MULTI|DUMP_FILTERED
  86 56 02 6b                          // nlmsg_seq 1795315334
  8b 6d 00 00                          // nlmsg_pid 28043
  02                                   // rtm_family 2
  10                                   // rtm_dst_len 16
  00                                   // rtm_src_len 0
  00                                   // rtm_tos 0
  fe                                   // rtm_table 254
  03                                   // rtm_protocol 3
  00                                   // rtm_scope 0
  01                                   // rtm_type 1
  00 00 00 00                          // rtm_flags 0
  08 00 0f 00                          // RTA_TABLE, 8 bytes
    fe 00 00 00                          // 254
  08 00 01 00                          // RTA_DST, 8 bytes
    0a 09 00 00                          // 10.9.0.0
  0c 00 08 00                          // RTA_METRICS, 12 bytes
    08 00 02 00                          // RTAX_MTU, 8 bytes
      14 05 00 00                          // 1300
  24 00 09 00                          // RTA_MULTIPATH, 36 bytes
    10 00                                // rtnh_len 16
    00                                   // rtnh_flags 0
    01                                   // rtnh_hops 1
    03 00 00 00                          // rtnh_ifindex 3
      08 00 05 00                          // RTA_GATEWAY, 8 bytes
        0a 00 00 02                          // 10.0.0.2
    10 00                                // rtnh_len 16
    00                                   // rtnh_flags 0
    00                                   // rtnh_hops 0
    02 00 00 00                          // rtnh_ifindex 2
      08 00 05 00                          // RTA_GATEWAY, 8 bytes
        0a 00 01 02                          // 10.0.1.2
`);

/** ip rule add from 10.0.0.0/8 fwmark 1/255 table 100 priority 50 */
export const addRule = bytesOf(`
  3c 00 00 00                          // nlmsg_len 60
  20 00                                // nlmsg_type 32 RTM_NEWRULE
  05 06                                // nlmsg_flags REQUEST|ACK|EXCL|CREATE
  86 56 02 6b                          // nlmsg_seq 1795315334
  00 00 00 00                          // nlmsg_pid 0
  02                                   // family 2
  00                                   // dst_len 0
  08                                   // src_len 8
  00                                   // tos 0
  64                                   // table 100
  00                                   // res1 0
  00                                   // res2 0
  01                                   // action 1
  00 00 00 00                          // flags 0
  08 00 02 00                          // FRA_SRC, 8 bytes
    0a 00 00 00                          // 10.0.0.0
  08 00 0a 00                          // FRA_FWMARK, 8 bytes
    01 00 00 00                          // 1
  08 00 10 00                          // FRA_FWMASK, 8 bytes
    ff 00 00 00                          // 255
  08 00 06 00                          // FRA_PRIORITY, 8 bytes
    32 00 00 00                          // 50
`);

/** ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0 */
export const addNeighbour = bytesOf(`
  30 00 00 00                          // nlmsg_len 48
  1c 00                                // nlmsg_type 28 RTM_NEWNEIGH
  05 06                                // nlmsg_flags REQUEST|ACK|EXCL|CREATE
  87 56 02 6b                          // nlmsg_seq 1795315335
  00 00 00 00                          // nlmsg_pid 0
  02                                   // ndm_family 2
  00                                   // ndm_pad1 0
  00 00                                // ndm_pad2 0
  03 00 00 00                          // ndm_ifindex 3
  80 00                                // ndm_state 128
  00                                   // ndm_flags 0
  00                                   // ndm_type 0
  08 00 01 00                          // NDA_DST, 8 bytes
    0a 00 00 07                          // 10.0.0.7
  0a 00 02 00                          // NDA_LLADDR, 10 bytes
    02 00 00 00 00 07                    // 02:00:00:00:00:07
  00 00                                // padding
`);

/** One of the answers to: ip neigh show dev v0 */
export const listedNeighbour = bytesOf(`
  4c 00 00 00                          // nlmsg_len 76
  1c 00                                // nlmsg_type 28 RTM_NEWNEIGH
  22 00                                // nlmsg_flags MULTI|DUMP_FILTERED
  87 56 02 6b                          // nlmsg_seq 1795315335
  a4 6d 00 00                          // nlmsg_pid 28068
  02                                   // ndm_family 2
  00                                   // ndm_pad1 0
  00 00                                // ndm_pad2 0
  03 00 00 00                          // ndm_ifindex 3
  80 00                                // ndm_state 128
  00                                   // ndm_flags 0
  01                                   // ndm_type 1
  08 00 01 00                          // NDA_DST, 8 bytes
    0a 00 00 07                          // 10.0.0.7
  0a 00 02 00                          // NDA_LLADDR, 10 bytes
    02 00 00 00 00 07                    // 02:00:00:00:00:07
  00 00                                // padding
  08 00 04 00                          // NDA_PROBES, 8 bytes
    00 00 00 00                          // 0
  14 00 03 00                          // NDA_CACHEINFO, 20 bytes
    01 00 00 00                          // ndm_confirmed 1
    01 00 00 00                          // ndm_used 1
    01 00 00 00                          // ndm_updated 1
    00 00 00 00                          // ndm_refcnt 0
`);
