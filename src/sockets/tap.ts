/** A tap or tun device made, or attached to, inside a namespace: /dev/net/tun (tuntap.rst). */
import { SyscallError } from '../errors/index.js';
import {
  errnoNumber,
  kernel,
  step,
  tryCall,
  Block,
  type Outcome,
  type Step,
} from '../native/index.js';
import * as so from './constants.js';
import type { FileDescriptor } from './descriptor.js';
import type { Opening } from './opening.js';
import { interfaceRequest } from './socket.js';
import { usage } from './errors.js';

export interface TapOptions {
  /** `tap` (Ethernet frames) when not said, or `tun` (IP packets). */
  readonly kind?: 'tap' | 'tun' | undefined;
  /** Each frame begins with a struct virtio_net_hdr; true is the usual 10 bytes. */
  readonly vnetHeader?: boolean | 10 | 12 | undefined;
  /** TUNSETOFFLOAD: TUN_F_* of linux/if_tun.h. */
  readonly offloads?: number | undefined;
  /** Several descriptors may be attached to the device. */
  readonly multiQueue?: boolean | undefined;
  /** The device stays when the descriptor is closed. */
  readonly persist?: boolean | undefined;
  /** It must not exist yet (EBUSY). */
  readonly exclusive?: boolean | undefined;
  /** The four bytes of flags and protocol in front of each packet; left out when not said. */
  readonly packetInfo?: boolean | undefined;
  readonly nonBlocking?: boolean | undefined;
  /** Where the device file is; /dev/net/tun when not said. */
  readonly device?: string | undefined;
}

export interface Tap {
  readonly descriptor: FileDescriptor;
  /** The device's name; of `tap%d` the one that the kernel chose. */
  readonly name: string;
}

export function tapOpening(name: string, options: TapOptions = {}): Opening<Tap> {
  const { device = '/dev/net/tun', nonBlocking = false } = options;
  const flags = kernel.O_RDWR | kernel.O_CLOEXEC | (nonBlocking ? kernel.O_NONBLOCK : 0);
  const args = [kernel.AT_FDCWD, device, flags, 0];
  const file = step(`open ${device} for ${name}`, 'openat', args, { opens: true, path: device });
  const wanted = wantedFlags(options);
  const request = interfaceRequest(name);
  new DataView(request.bytes.buffer).setUint16(so.IFNAMSIZ, wanted, true);
  const found = new Block(so.IFREQ_SIZE);
  const about = `the device ${name}`;
  return {
    steps: [
      file,
      step(`attach to ${about}`, 'ioctl', [file, so.TUNSETIFF, request], { path: name }),
      ...settings(file, about, options),
      step(`read the flags of ${about}`, 'ioctl', [file, so.TUNGETIFF, found]),
    ],
    fd: file,
    needs: 'net',
    hintFor: hintForTun,
    finish: (descriptor, outcome) => ({ descriptor, name: checked(outcome, found, wanted) }),
  };
}

const inContainer = 'a container needs "--device /dev/net/tun" (see "nskit doctor")';

function hintForTun(syscall: string, code: string): string | undefined {
  if (syscall === 'ioctl' && code === 'ENOTTY') {
    return `/dev/net/tun is another file than that device: "sudo mknod -m 666 /dev/net/tun c 10 200"; ${inContainer}`;
  }
  if (syscall !== 'open') return undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENXIO':
    case 'ENODEV':
      return `the kernel's tun module is not there: "sudo modprobe tun"; ${inContainer}`;
    case 'EACCES':
    case 'EPERM':
      return `it is not open to everybody: "sudo chmod 666 /dev/net/tun"; ${inContainer}`;
    default:
      return undefined;
  }
}

/** The device stays in its namespace when the descriptor is closed. */
export function letTapPersist({ fd }: FileDescriptor): void {
  tryCall('ioctl', fd, so.TUNSETPERSIST, 1);
}

function wantedFlags(options: TapOptions): number {
  const { kind = 'tap', vnetHeader = false, packetInfo, multiQueue, exclusive } = options;
  return (
    (kind === 'tap' ? so.IFF_TAP : so.IFF_TUN) |
    (packetInfo === true ? 0 : so.IFF_NO_PI) |
    (vnetHeader === false ? 0 : so.IFF_VNET_HDR) |
    (multiQueue === true ? so.IFF_MULTI_QUEUE : 0) |
    (exclusive === true ? so.IFF_TUN_EXCL : 0)
  );
}

function settings(file: Step, about: string, options: TapOptions): Step[] {
  const { vnetHeader, offloads, persist } = options;
  if (offloads !== undefined && vnetHeader === undefined) {
    throw usage('offloads need vnetHeader: the header says what is left to do');
  }
  const size = new Block(Uint8Array.of(typeof vnetHeader === 'number' ? vnetHeader : 0, 0, 0, 0));
  return [
    ...(typeof vnetHeader === 'number'
      ? [step(`set the header of ${about}`, 'ioctl', [file, so.TUNSETVNETHDRSZ, size])]
      : []),
    ...(offloads === undefined
      ? []
      : [step(`set the offloads of ${about}`, 'ioctl', [file, so.TUNSETOFFLOAD, offloads])]),
    ...(persist === undefined
      ? []
      : [step(`let ${about} persist`, 'ioctl', [file, so.TUNSETPERSIST, Number(persist)])]),
  ];
}

/** The flags that must be as asked: a second attach with others is accepted silently (measured). */
const CHECKED = so.IFF_TAP | so.IFF_TUN | so.IFF_NO_PI | so.IFF_VNET_HDR | so.IFF_MULTI_QUEUE;

function checked(outcome: Outcome, found: Block, wanted: number): string {
  const bytes = outcome.read(found);
  const name = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(so.IFNAMSIZ, true);
  if (((flags ^ wanted) & CHECKED) === 0) return name;
  throw new SyscallError({
    ...{ code: 'EINVAL', errno: -errnoNumber('EINVAL'), syscall: 'ioctl' },
    step: `attach to the device ${name}`,
    path: name,
    hint: 'the device exists with other flags (tap or tun, vnetHeader, multiQueue, packetInfo)',
  });
}
