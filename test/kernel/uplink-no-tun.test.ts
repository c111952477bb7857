/** What `nskit run --uplink` says where there is no /dev/net/tun, or none that one may open. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';

const here = ownHome();
after(() => leaveNothing(here));

/** A machine whose /dev/net is a folder of the test's: what the command says, and what is left of it. */
function said(script: string): string {
  const { stdout, status } = onOwnMachine(
    here,
    `
mkdir "$T/net"; ${script}
mount --rbind "$T/net" /dev/net
status=0
nskit run --uplink -- true 2>&1 || status=$?
test $status -eq 125
test -z "$(ls -A "$T/runtime")"
echo done
`,
  );
  assert.equal(status, 0, stdout);
  const [message = '', end] = stdout.split(/\n(?=done\n$)/);
  assert.equal(end, 'done\n');
  return message;
}

test('where it is missing: which step failed, and how to get it', () => {
  assert.equal(
    said(''),
    `nskit: open /dev/net/tun for tap0: open failed with ENOENT on /dev/net/tun
  hint: the kernel's tun module is not there: "sudo modprobe tun"; a container needs "--device /dev/net/tun" (see "nskit doctor")`,
  );
});

test('where it is not open to everybody: how to open it', () => {
  // A file of root's: one's own would be opened whatever its mode is.
  assert.match(
    said(': > "$T/net/tun"; mount --bind /etc/shadow "$T/net/tun"'),
    /open failed with EACCES[^]*hint: it is not open to everybody: "sudo chmod 666 \/dev\/net\/tun"/,
  );
});

test('where it is another file: that it is, and how to make it', () => {
  const message = said(': > "$T/net/tun"; mount --bind /dev/null "$T/net/tun"');
  assert.match(message, /attach to the device tap0: ioctl failed with ENOTTY[^]*hint: .*mknod/);
});
