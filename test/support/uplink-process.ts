/**
 * A process of its own that gives a new namespace an uplink until its input ends. Prints where the
 * namespaces can be entered; then, for each line that it reads, what it holds as JSON. Its argument:
 * options as JSON; of addresses that are not the gateway's, the host's network decides.
 */
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createNamespaces } from '../../src/namespaces/index.js';
import {
  Policy,
  Uplink,
  familiesOf,
  uplinkPlan,
  type UplinkCounters,
  type UplinkOptions,
} from '../../src/uplink/index.js';

export interface Holdings {
  readonly flows: number;
  /** Open descriptors. */
  readonly fds: number;
  /** Of the process, in bytes: what the kernel counts, and of that JavaScript's. */
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly counters: UplinkCounters;
}

function holdings(uplink: Uplink): Holdings {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    flows: [...uplink.flows()].length,
    fds: readdirSync('/proc/self/fd').length,
    residentBytes: rss,
    heapBytes: heapUsed + external,
    counters: uplink.counters,
  };
}

const options = JSON.parse(process.argv[2] ?? '{}') as UplinkOptions;
const plan = uplinkPlan(options);
const policy = new Policy({
  families: familiesOf(plan),
  access: { allowHostLoopback: true, ...options },
  report: (error) => {
    throw error;
  },
});
await using namespaces = await createNamespaces({ kinds: ['user', 'net'] });
await using uplink = await Uplink.attach(namespaces, {
  ...{ ...plan, decide: policy.decide },
  streams: options.streams,
  publish: options.publish,
});
const paths = namespaces.kinds.map((kind) => `/proc/${process.pid}/fd/${namespaces.get(kind).fd}`);
console.log(paths.join(' '));
for await (const _ of createInterface(process.stdin)) {
  console.log(JSON.stringify(holdings(uplink)));
}
