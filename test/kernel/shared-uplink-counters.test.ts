/** What an uplink has dropped, and what failed, as `nskit show` and the library tell it. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { dropReasons } from '../../src/stack/index.js';
import { namespaces, type UplinkCounters } from '../../src/index.js';
import { leaveNothing, ownHome } from '../support/own-home.js';
import { nskit, type Ended } from '../support/nskit.js';
import { endUplinks } from '../support/shared-uplink.js';

const here = ownHome();
after(() => leaveNothing(here));
afterEach(endUplinks);

function ok({ status, stdout, stderr }: Ended): string {
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Two packets of a protocol that goes nowhere (SCTP's number), and a port of the host's that is closed. */
const script = `
import socket
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
for _ in range(2): raw.sendto(b'nothing', ('192.0.2.1', 0))
try: socket.create_connection(('10.0.2.2', 1))
except ConnectionRefusedError: print('refused')`;

test('show prints what happened, sorted; --json every reason that there is', async () => {
  ok(nskit(['add', 'lab', '--uplink', '--no-ipv6', '--allow-host', '1']));
  assert.doesNotMatch(ok(nskit(['show', 'lab'])), /^failed/m);
  assert.equal(ok(nskit(['exec', 'lab', 'python3', '-c', script])), 'refused\n');
  const shown = ok(nskit(['show', 'lab']));
  assert.match(shown, /^(dropped)? +protocol: unknown 2$/m);
  assert.match(shown, /^failed +ECONNREFUSED 1$/m);
  assert.doesNotMatch(shown, /tcp: checksum/);
  const { uplink } = JSON.parse(ok(nskit(['show', '--json', 'lab']))) as {
    uplink: { device: string; counters: UplinkCounters };
  };
  assert.equal(uplink.device, 'tap0');
  assert.deepEqual(Object.keys(uplink.counters.drops), [...dropReasons].sort());
  assert.equal(uplink.counters.drops['protocol: unknown'], 2);
  assert.equal(uplink.counters.drops['tcp: checksum'], 0);
  assert.deepEqual(uplink.counters.failures, { ECONNREFUSED: 1 });
  const told = await namespaces.get('lab').uplink.counters();
  assert.deepEqual(told.failures, { ECONNREFUSED: 1 });
  ok(nskit(['uplink', 'lab', '--stop']));
  assert.match(ok(nskit(['show', '--json', 'lab'])), /"uplink": null/);
});
