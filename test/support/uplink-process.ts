/**
 * A process of its own that gives a new namespace an uplink until its input ends. Prints where the
 * namespaces can be entered. Its argument: options as JSON; of addresses that are not the gateway's,
 * the host's network decides.
 */
import { once } from 'node:events';
import { createNamespaces } from '../../src/namespaces/index.js';
import {
  Policy,
  Uplink,
  familiesOf,
  uplinkPlan,
  type UplinkOptions,
} from '../../src/uplink/index.js';

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
});
const paths = namespaces.kinds.map((kind) => `/proc/${process.pid}/fd/${namespaces.get(kind).fd}`);
console.log(paths.join(' '));
await once(process.stdin.resume(), 'end');
await uplink.close();
