/**
 * TUN and TAP devices. They are not made by netlink but by an ioctl on /dev/net/tun, from inside,
 * and here made to stay (TUNSETPERSIST) with nobody attached.
 */
import type { NamespaceFile } from '../../namespaces/index.js';
import { Block, kernel, open, runProgram, step } from '../../native/index.js';
import { wayIn } from '../target.js';

export interface TunOptions {
  /** `tap` carries Ethernet frames, `tun` IP packets. */
  readonly mode: 'tun' | 'tap';
  /** Who may attach without rights over the namespace, by uid and gid as seen inside. */
  readonly ownerUid?: number;
  readonly ownerGid?: number;
  /** A struct virtio_net_hdr before each frame. */
  readonly vnetHeader?: boolean;
  readonly multiQueue?: boolean;
}

/** linux/if_tun.h. */
const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const TUNSETOWNER = 0x400454cc;
const TUNSETGROUP = 0x400454ce;
const IFF_TUN = 0x1;
const IFF_TAP = 0x2;
const IFF_MULTI_QUEUE = 0x100;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const IFF_TUN_EXCL = 0x8000;

const IFNAMSIZ = 16;
const IFREQ_SIZE = 40;

/** Like `ip tuntap add dev NAME mode tap`. Throws SyscallError; EBUSY when there is such a device. */
export function addTun(network: NamespaceFile, name: string, options: TunOptions): void {
  const sentence = `add the ${options.mode} device ${name}`;
  const { ownerUid, ownerGid } = options;
  const device = open('open /dev/net/tun', '/dev/net/tun', { flags: kernel.O_RDWR });
  using way = wayIn(network);
  const set = (request: number, value: number | Block) =>
    step(sentence, 'ioctl', [device, request, value], { path: name });
  const program = [
    ...way.enter,
    device,
    set(TUNSETIFF, new Block(interfaceRequest(name, options))),
    ...(ownerUid === undefined ? [] : [set(TUNSETOWNER, ownerUid)]),
    ...(ownerGid === undefined ? [] : [set(TUNSETGROUP, ownerGid)]),
    set(TUNSETPERSIST, 1),
    step(sentence, 'close', [device]),
  ];
  runProgram(program, { in: way.enter.length === 0 ? 'here' : 'child-files' });
}

/** struct ifreq: the name, then the flags. */
function interfaceRequest(name: string, options: TunOptions): Uint8Array {
  const encoded = new TextEncoder().encode(name);
  if (encoded.length >= IFNAMSIZ) {
    throw new RangeError(`${name}: a device's name has at most ${IFNAMSIZ - 1} bytes`);
  }
  const { mode, vnetHeader = false, multiQueue = false } = options;
  const flags =
    (mode === 'tap' ? IFF_TAP : IFF_TUN) |
    IFF_NO_PI |
    IFF_TUN_EXCL |
    (vnetHeader ? IFF_VNET_HDR : 0) |
    (multiQueue ? IFF_MULTI_QUEUE : 0);
  const request = new Uint8Array(IFREQ_SIZE);
  request.set(encoded);
  new DataView(request.buffer).setUint16(IFNAMSIZ, flags, true);
  return request;
}
