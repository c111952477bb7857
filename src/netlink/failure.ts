/** The error of a refused request: the kernel's words, the attribute they are about, what to do. */
import { NetlinkError } from '../errors/index.js';
import { errnoCode } from '../native/index.js';
import { netlink as wire } from '../wire/index.js';
import type { Request } from './request.js';

export function failureOf(request: Request, ack: wire.Ack): NetlinkError {
  const code = nameOfErrno(-ack.error);
  const { message, offset } = ack.attributes;
  const attribute = missing(request, ack) ?? named(request, offset);
  return new NetlinkError({
    code,
    errno: ack.error,
    step: request.step,
    extack: message,
    attribute,
    attributeOffset: offset,
    hint: hintFor(code, message),
  });
}

/** Two names for one number; this is the kernel's. */
function nameOfErrno(errno: number): string {
  const code = errnoCode(errno);
  return code === 'ENOTSUP' ? 'EOPNOTSUPP' : code;
}

/** The offset counts from the message's header. */
function named(request: Request, offset: number | undefined): string | undefined {
  if (offset === undefined || request.body === undefined) return undefined;
  return wire.attributeAt(request.body, request.payload, offset - wire.nlmsghdr.size);
}

/** The name of an attribute that the kernel wants and did not get. */
function missing({ body, payload }: Request, { attributes }: wire.Ack): string | undefined {
  const { missingType: type, missingNest } = attributes;
  if (type === undefined || body === undefined) return undefined;
  if (missingNest === undefined) {
    return body.inner?.(payload)?.table.find(type)?.entry.name ?? `#${type}`;
  }
  const nest = wire.attributeAt(body, payload, missingNest - wire.nlmsghdr.size);
  return `${nest ?? ''}.#${type}`;
}

const hints: Readonly<Record<string, string>> = {
  EPERM:
    'this needs rights over every namespace it touches: your own names have one owner and can be connected; only root connects them to the host, or to a name that root made',
  EACCES: 'the route or address is not one that may be changed like this',
  ENODEV: 'no such device there: "nskit link NAME" lists them',
  EEXIST: 'there is one already: delete it first, or change it with "set" or "replace"',
  ESRCH: 'there is none like this to change or delete: list them first',
  EADDRNOTAVAIL: 'no such address on this device: "nskit addr NAME" lists them',
  ENETUNREACH: 'the gateway is not on a network of a device that is up: add an address first',
  EHOSTUNREACH: 'the gateway is not on a network of a device that is up: add an address first',
  ENETDOWN: 'the device is down: "nskit link NAME set DEVICE up"',
};

function hintFor(code: string, message: string | undefined): string | undefined {
  if (message?.startsWith('Unknown device type') === true) {
    return 'this kernel has no such kind of device, or its module is not loaded';
  }
  return hints[code];
}
