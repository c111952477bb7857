/** Uplinks of namespaces that have no name: of a process, of a file in /proc, of a bind mount. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { uplinks } from '../../src/index.js';
import { ended, leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { nskit, nskitPath, start, waiting, type Ended } from '../support/nskit.js';
import { endUplinks, uplinkPid } from '../support/shared-uplink.js';

const here = ownHome();
after(() => leaveNothing(here));
afterEach(endUplinks);

function ok({ status, stdout, stderr }: Ended): string {
  assert.equal(status, 0, stderr);
  return stdout;
}

const links = (pid: number): string =>
  ok(
    nskit([
      'enter',
      '--target',
      String(pid),
      '-U',
      '-n',
      '--preserve-credentials',
      'ip',
      '-br',
      'link',
    ]),
  );

test('a path in /proc: the uplink ends with --stop, and with the process', async () => {
  await using running = await start(nskitPath, ['unshare', '-Urn', ...waiting]);
  const path = `/proc/${running.pid}/ns/net`;
  ok(nskit(['uplink', '--target', path, '--deny', 'all']));
  assert.match(links(running.pid), /^tap0 /m);
  assert.deepEqual(
    (await uplinks.list()).map(({ place }) => place),
    [{ path }],
  );
  const again = nskit(['uplink', '--target', path]);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /has an uplink already/);
  ok(nskit(['uplink', '--target', path, '--stop']));
  assert.doesNotMatch(links(running.pid), /^tap0 /m);
  ok(nskit(['uplink', '--target', path]));
  const pid = uplinkPid();
  await running[Symbol.asyncDispose]();
  if (pid !== undefined) await ended(pid);
  assert.equal(uplinkPid(), undefined);
});

test('a bind mount: the uplink ends with --stop, and with the file', () => {
  const script = `
unshare -n sleep 1000 & other=$!
while test "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)"; do :; done
touch "$T/net"; mount --bind /proc/$other/ns/net "$T/net"
nskit uplink --target "$T/net"
nsenter -t $other -n ip -br link show tap0
nskit uplink --target "$T/net" --stop
nsenter -t $other -n ip -br link show tap0 2>&1 || true
nskit uplink --target "$T/net"
umount "$T/net"; rm "$T/net"
while test -e "$T/runtime/nskit/uplink/sock"; do :; done
nsenter -t $other -n ip -br link show tap0 2>&1 || true
kill $other`;
  const { status, stdout, stderr } = onOwnMachine(here, script, ['-n']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^tap0 .*\nDevice "tap0" does not exist.\nDevice "tap0" does not exist.\n$/);
});

test('what is no namespace, and what is not there, starts no process', () => {
  for (const [target, pattern] of [
    [here.scratch, /namespace/],
    [`${here.scratch}/none`, /ENOENT/],
    ['999999999', /ESRCH|ENOENT|EINVAL/],
  ] as const) {
    const { status, stderr } = nskit(['uplink', '--target', target]);
    assert.equal(status, 1, stderr);
    assert.match(stderr, pattern);
    assert.equal(uplinkPid(), undefined);
  }
  const both = nskit(['uplink', 'lab', '--target', '1']);
  assert.equal(both.status, 2);
});
