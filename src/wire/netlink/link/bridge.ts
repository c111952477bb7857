/** IFLA_BR_*: times are in hundredths of a second (USER_HZ). */
import { attribute, attributes } from '../attributes.js';
import { be16, bytes, hardwareAddress, u16, u32, u64, u8 } from '../codecs.js';

export const bridgeAttributes = attributes({
  forwardDelay: attribute('IFLA_BR_FORWARD_DELAY', 1, u32),
  helloTime: attribute('IFLA_BR_HELLO_TIME', 2, u32),
  maxAge: attribute('IFLA_BR_MAX_AGE', 3, u32),
  ageingTime: attribute('IFLA_BR_AGEING_TIME', 4, u32),
  stpState: attribute('IFLA_BR_STP_STATE', 5, u32),
  priority: attribute('IFLA_BR_PRIORITY', 6, u16),
  vlanFiltering: attribute('IFLA_BR_VLAN_FILTERING', 7, u8),
  vlanProtocol: attribute('IFLA_BR_VLAN_PROTOCOL', 8, be16),
  groupForwardMask: attribute('IFLA_BR_GROUP_FWD_MASK', 9, u16),
  rootId: attribute('IFLA_BR_ROOT_ID', 10, bytes),
  bridgeId: attribute('IFLA_BR_BRIDGE_ID', 11, bytes),
  rootPort: attribute('IFLA_BR_ROOT_PORT', 12, u16),
  rootPathCost: attribute('IFLA_BR_ROOT_PATH_COST', 13, u32),
  topologyChange: attribute('IFLA_BR_TOPOLOGY_CHANGE', 14, u8),
  topologyChangeDetected: attribute('IFLA_BR_TOPOLOGY_CHANGE_DETECTED', 15, u8),
  helloTimer: attribute('IFLA_BR_HELLO_TIMER', 16, u64),
  tcnTimer: attribute('IFLA_BR_TCN_TIMER', 17, u64),
  topologyChangeTimer: attribute('IFLA_BR_TOPOLOGY_CHANGE_TIMER', 18, u64),
  gcTimer: attribute('IFLA_BR_GC_TIMER', 19, u64),
  groupAddress: attribute('IFLA_BR_GROUP_ADDR', 20, hardwareAddress),
  multicastRouter: attribute('IFLA_BR_MCAST_ROUTER', 22, u8),
  multicastSnooping: attribute('IFLA_BR_MCAST_SNOOPING', 23, u8),
  callIptables: attribute('IFLA_BR_NF_CALL_IPTABLES', 36, u8),
  callIp6tables: attribute('IFLA_BR_NF_CALL_IP6TABLES', 37, u8),
  callArptables: attribute('IFLA_BR_NF_CALL_ARPTABLES', 38, u8),
  vlanDefaultPvid: attribute('IFLA_BR_VLAN_DEFAULT_PVID', 39, u16),
});
