/** A host whose way out by IPv6 comes and goes while a program is inside. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { python } from '../support/uplink.js';

const here = ownHome();
after(() => leaveNothing(here));

const [py, routes = ''] = python('default-routes.py');

/** The host does these things, one after each thing that the program inside has said. */
function onChangingHost(way: string, before: string, ...then: readonly string[]): string[] {
  const cases = then.map((what, i) => `${i + 1}) ${what};;`).join(' ');
  const { status, stdout, stderr } = onOwnMachine(
    here,
    `
ip link set lo up
ip link add v0 type veth peer name v1; ip link set v1 up; ip link set v0 up
ip -6 addr add 2001:db8::1/64 dev v0 nodad
online() { ip -6 route add default via 2001:db8::2 dev v0; }
offline() { ip -6 route del default; }
${before}
${way} ${py} "${routes}" ${then.length + 1} | {
  count=0
  while read said; do
    echo "$said"; count=$((count + 1))
    case $count in ${cases} esac
  done
}`,
    ['-n'],
  );
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

for (const [whose, add, way] of [
  ['an uplink of its own', '', 'nskit run --uplink --'],
  ['an uplink in the shared process', 'nskit add lab --uplink;', 'nskit exec lab'],
] as const) {
  test(`offline at the start, with ${whose}: the route comes with the host’s, and goes`, () => {
    const lines = onChangingHost(way, add, 'online', 'offline', 'online');
    assert.deepEqual(lines, ['offline', 'online', 'offline', 'online']);
  });

  test(`online at the start, with ${whose}: a device takes the route away, and brings it back`, () => {
    const down = 'ip link set v0 down';
    const up = 'ip link set v0 up; ip -6 addr replace 2001:db8::1/64 dev v0 nodad; online';
    const lines = onChangingHost(way, `online; ${add}`, down, up);
    assert.deepEqual(lines, ['online', 'offline', 'online']);
  });
}
