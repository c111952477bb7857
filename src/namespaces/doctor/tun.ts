/** The tap device of the uplink, opened and made inside as the uplink does it. */
import { existsSync, statSync } from 'node:fs';
import { Block, kernel, open, step, type Program } from '../../native/index.js';
import { attempt, type Failure } from './attempt.js';
import type { Check, Finding } from './check.js';
import type { Facts } from './facts.js';
import { inContainerOr } from './fixes.js';
import { inside } from './rooms.js';
import { verdict } from './verdict.js';

const DEVICE = '/dev/net/tun';
/** Major 10, minor 200, as Linux's devices.txt has it. */
const DEVICE_NUMBER = (10 << 8) | 200;

const TUNSETIFF = 0x400454ca;
const TUNSETVNETHDRSZ = 0x400454d8;
const TUNSETOFFLOAD = 0x400454d0;
const IFF_TAP = 2;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const TUN_F_CSUM = 1;
const TUN_F_TSO4 = 2;
const TUN_F_TSO6 = 4;

export function tunCheck(facts: Facts): Check {
  return {
    id: 'tun',
    title: 'tap device',
    group: 'network',
    run: async () =>
      verdict(await attempt(makeTap()), facts, {
        works: 'made inside, with vnet_hdr and segmentation offload',
        fallback: 'namespaces without an uplink: loopback, veth, and sockets opened from outside',
        explain: (failure) => explainTun(failure, facts),
      }),
  };
}

/** struct ifreq: the name (16), the flags (2). Not persistent: it ends with its descriptor. */
function makeTap(): Program {
  const request = new Block(40);
  request.bytes.set(new TextEncoder().encode('tap0'));
  const flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  new DataView(request.bytes.buffer).setUint16(16, flags, true);
  const headerSize = new Block(Uint8Array.of(10, 0, 0, 0));
  const device = open('open the tun device', DEVICE, { flags: kernel.O_RDWR });
  return [
    ...inside('net'),
    device,
    step('make a tap device', 'ioctl', [device, TUNSETIFF, request]),
    step('set the size of its virtio-net header', 'ioctl', [device, TUNSETVNETHDRSZ, headerSize]),
    step('switch its offloads on', 'ioctl', [
      device,
      TUNSETOFFLOAD,
      TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
    ]),
  ];
}

const makeNode =
  'sudo modprobe tun; sudo mkdir -p /dev/net && sudo mknod -m 0666 /dev/net/tun c 10 200';

function explainTun({ code, syscall }: Failure, facts: Facts): Partial<Finding> | undefined {
  const granted = (elsewhere: string): string => inContainerOr(facts.container, 'tun', elsewhere);
  if (syscall === 'ioctl') return explainIoctl(code, granted);
  switch (code) {
    case 'ENOENT':
      return { blocker: `there is no ${DEVICE}`, fix: granted(makeNode) };
    case 'ENXIO':
    case 'ENODEV':
      return { blocker: 'the module tun is not loaded', fix: 'sudo modprobe tun' };
    case 'EACCES':
      return { blocker: modeOfDevice(), fix: `sudo chmod 0666 ${DEVICE}` };
    case 'EPERM':
      return {
        blocker: `the device cgroup forbids ${DEVICE}`,
        fix: granted(`in the systemd unit DeviceAllow=${DEVICE} rw`),
      };
    default:
      return undefined;
  }
}

function modeOfDevice(): string {
  const mode = existsSync(DEVICE) ? (statSync(DEVICE).mode & 0o777).toString(8) : 'unknown';
  return `${DEVICE} may not be opened by you (its mode is ${mode})`;
}

function explainIoctl(
  code: string,
  granted: (elsewhere: string) => string,
): Partial<Finding> | undefined {
  const isTun = existsSync(DEVICE) && statSync(DEVICE).rdev === DEVICE_NUMBER;
  if (!isTun) {
    return {
      blocker: `${DEVICE} is some other file, not the tun device (10, 200)`,
      fix: granted(`sudo umount ${DEVICE} || sudo rm ${DEVICE}; ${makeNode}`),
    };
  }
  if (code !== 'EINVAL') return undefined;
  return {
    blocker: "this kernel's tun has no vnet_hdr or offloads",
    fix: 'update the kernel to 5.11 or later',
  };
}
