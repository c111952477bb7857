/** A device by its name or its index, and the one made of the other. */
import { NskitError } from '../errors/index.js';
import { netlink as wire } from '../wire/index.js';
import { RTEXT_FILTER_SKIP_STATS } from './constants.js';
import type { Conversation } from './conversation.js';
import type { Request } from './request.js';

/** A device's name (an alternative one too), or its index. */
export type Device = string | number;

/** IFNAMSIZ, less the NUL. */
const NAME_MAX = 15;

/** How a request says which device it is about: by the index in its header, or by an attribute. */
export function reference(device: Device): { index: number; attributes: wire.LinkAttributes } {
  if (typeof device === 'number') return { index: device, attributes: {} };
  if (device === '') throw new NskitError('ERR_USAGE', 'a device needs a name');
  const isLong = device.length > NAME_MAX;
  return { index: 0, attributes: isLong ? { alternativeName: device } : { name: device } };
}

export function linkHeader(values: Partial<wire.LinkMessage['header']> = {}) {
  return { family: wire.AF_UNSPEC, type: 0, index: 0, flags: 0, change: 0, ...values };
}

/** Like `ip link show DEVICE`. */
export function getLink(device: Device): Request {
  const { index, attributes } = reference(device);
  const header = linkHeader({ index });
  const extMask = RTEXT_FILTER_SKIP_STATS;
  return {
    type: wire.RTM_GETLINK,
    payload: wire.link.emit({ header, attributes: { ...attributes, extMask } }),
    step: `find the device ${device}`,
    body: wire.link,
  };
}

/** Throws NetlinkError with ENODEV. */
export async function indexOf(conversation: Conversation, device: Device): Promise<number> {
  if (typeof device === 'number') return device;
  const [reply] = await conversation.request(getLink(device));
  return reply === undefined ? 0 : wire.link.parse(reply.payload).header.index;
}

export function listLinks(attributes: wire.LinkAttributes = {}): Request {
  const values = { ...attributes, extMask: RTEXT_FILTER_SKIP_STATS };
  return {
    type: wire.RTM_GETLINK,
    payload: wire.link.emit({ header: linkHeader(), attributes: values }),
    step: 'list the devices',
    body: wire.link,
  };
}
