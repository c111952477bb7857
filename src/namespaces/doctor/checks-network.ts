/** Devices and sockets: veth pairs inside, ping sockets and low ports outside. */
import { closeSync } from 'node:fs';
import {
  Block,
  errnoCode,
  kernel,
  load32,
  step,
  tryCall,
  type Program,
} from '../../native/index.js';
import { attempt, type Attempt, type Failure } from './attempt.js';
import type { Check, Finding } from './check.js';
import type { Facts } from './facts.js';
import { setSysctl } from './fixes.js';
import { numberOf, sysctl } from './proc-text.js';
import { inside } from './rooms.js';
import { tunCheck } from './tun.js';
import { verdict } from './verdict.js';

export function networkChecks(facts: Facts): Check[] {
  return [
    tunCheck(facts),
    {
      id: 'veth',
      title: 'veth pairs',
      group: 'network',
      run: async () =>
        verdict(await addVeth(), facts, {
          works: 'a pair in a new network namespace',
          fallback: 'namespaces are not linked with each other; the uplink needs no veth',
          explain: noVeth,
        }),
    },
    pingCheck(PING4),
    pingCheck(PING6),
    {
      id: 'low-ports',
      title: 'low ports outside',
      group: 'network',
      run: () => Promise.resolve(lowPorts(facts)),
    },
  ];
}

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const MESSAGE_ERROR_AT = 16;

/** Like `ip link add type veth`: the kernel names both ends. */
async function addVeth(): Promise<Attempt> {
  const sentence = 'add a veth pair';
  const reply = new Block(64);
  const answer = load32(sentence, reply, MESSAGE_ERROR_AT);
  const socket = step(sentence, 'socket', [AF_NETLINK, SOCK_RAW | kernel.SOCK_CLOEXEC, 0]);
  const request = newVeth();
  const exchange: Program = [
    socket,
    step(sentence, 'write', [socket, request, request.bytes.length]),
    step(sentence, 'read', [socket, reply, reply.bytes.length]),
    answer,
  ];
  const tried = await attempt([...inside('net'), ...exchange]);
  if (tried.failure !== undefined) return tried;
  const error = tried.outcome.result(answer);
  if (error === 0) return tried;
  const code = errnoCode(-error);
  const message = `${sentence}: the kernel answers ${code}`;
  return { failure: { code, syscall: 'RTM_NEWLINK', step: sentence, message } };
}

/**
 * rtnetlink(7): struct nlmsghdr (16) with RTM_NEWLINK and REQUEST|ACK|CREATE|EXCL, struct
 * ifinfomsg (16), then IFLA_LINKINFO (18) around IFLA_INFO_KIND (1).
 */
function newVeth(): Block {
  const words = Uint16Array.of(
    ...[48, 0, 16, 0x605, 1, 0, 0, 0],
    ...[0, 0, 0, 0, 0, 0, 0, 0],
    ...[16, 18, 12, 1, 0x6576, 0x6874, 0, 0],
  );
  return new Block(new Uint8Array(words.buffer));
}

function noVeth({ code }: Failure): Partial<Finding> | undefined {
  if (code !== 'EOPNOTSUPP') return undefined;
  return {
    blocker: 'this kernel has no veth, or its module is not loaded',
    fix: 'sudo modprobe veth',
  };
}

interface Ping {
  readonly version: 4 | 6;
  readonly family: number;
  readonly protocol: number;
}

const PING4: Ping = { version: 4, family: kernel.AF_INET, protocol: 1 };
const PING6: Ping = { version: 6, family: 10, protocol: 58 };

/** On the host's side, where the uplink answers for those inside. */
function pingCheck(ping: Ping): Check {
  return {
    id: `ping-v${ping.version}`,
    title: `ping sockets, IPv${ping.version}`,
    group: 'network',
    run: () => Promise.resolve(pingFinding(ping)),
  };
}

function pingFinding({ family, protocol, version }: Ping): Finding {
  const answer = tryCall('socket', family, kernel.SOCK_DGRAM | kernel.SOCK_CLOEXEC, protocol);
  if (answer >= 0) {
    closeSync(answer);
    return { status: 'works', detail: 'opened without privilege' };
  }
  const code = errnoCode(-answer);
  const detail = `open a ping socket: socket failed with ${code}`;
  const fallback = 'ping from inside reaches the gateway only';
  if (code === 'EAFNOSUPPORT') {
    const blocker = `this machine has no IPv${version}`;
    return { status: 'degraded', detail, blocker, fallback: 'the other version of IP' };
  }
  const range = sysctl('net.ipv4.ping_group_range')?.replace(/\s+/, ' to ');
  return {
    status: 'degraded',
    detail,
    blocker: `net.ipv4.ping_group_range (${range ?? 'unknown'}) has none of your groups`,
    fix: setSysctl('net.ipv4.ping_group_range=0 2147483647'),
    fallback,
  };
}

/** Information: most machines have 1024, and inside a namespace every port may be bound. */
function lowPorts(facts: Facts): Finding {
  const start = numberOf(sysctl('net.ipv4.ip_unprivileged_port_start'));
  if (start === undefined) return { status: 'unknown', detail: 'the setting cannot be read' };
  if (facts.isRoot || start === 0)
    return { status: 'works', detail: 'every port may be published' };
  const lower = setSysctl('net.ipv4.ip_unprivileged_port_start=80');
  return {
    status: 'works',
    detail: `ports from ${start} on may be published${start > 80 ? ` (lower ones: ${lower})` : ''}`,
  };
}
