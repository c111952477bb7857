/** IFLA_TUN_*: only told, never set; a tun device is made by an ioctl (TUNSETIFF). */
import { attribute, attributes } from '../attributes.js';
import { u32, u8 } from '../codecs.js';

export const tunAttributes = attributes({
  owner: attribute('IFLA_TUN_OWNER', 1, u32),
  group: attribute('IFLA_TUN_GROUP', 2, u32),
  /** IFF_TUN, 1, or IFF_TAP, 2. */
  type: attribute('IFLA_TUN_TYPE', 3, u8),
  packetInformation: attribute('IFLA_TUN_PI', 4, u8),
  vnetHeader: attribute('IFLA_TUN_VNET_HDR', 5, u8),
  persist: attribute('IFLA_TUN_PERSIST', 6, u8),
  multiQueue: attribute('IFLA_TUN_MULTI_QUEUE', 7, u8),
  queues: attribute('IFLA_TUN_NUM_QUEUES', 8, u32),
  disabledQueues: attribute('IFLA_TUN_NUM_DISABLED_QUEUES', 9, u32),
});
