/** An outbound interface or address that goes and comes back while programs are inside. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { python } from '../support/uplink.js';

const here = ownHome();
after(() => leaveNothing(here));

const [py, echo = ''] = python('echo.py');
const [, comesBack = ''] = python('comes-back.py');

/** The host has 192.0.2.1 and 192.0.2.7 on v0; another machine, 192.0.2.2, has an echo server. */
const prelude = `
ip link set lo up
mkfifo "$T/go" "$T/said" "$T/in" "$T/out"; exec 4<>"$T/go" 5<>"$T/said" 6<>"$T/in" 7<>"$T/out"
unshare -n sh -c 'echo $$; read go; exec ${py} "${echo}" serve 0.0.0.0' <&4 >&5 &
read other <&5
join() {
  ip link add v0 type veth peer name v1 netns $other
  nsenter -t $other -n sh -c 'ip addr add 192.0.2.2/24 dev v1; ip link set v1 up'
  ip addr add 192.0.2.1/24 dev v0; ip addr add 192.0.2.7/24 dev v0; ip link set v0 up
}
join; echo go >&4; read port <&5
`;

interface Case {
  readonly outbound: string;
  readonly goes: string;
  readonly comes: string;
  readonly lives: boolean;
}

function seen({ outbound, goes, comes, lives }: Case): string[] {
  const { status, stdout, stderr } = onOwnMachine(
    here,
    `${prelude}
LIVES=${lives ? 'yes' : ''} nskit run --uplink --outbound ${outbound} -- \\
  ${py} "${comesBack}" 192.0.2.2 $port <&6 >&7 &
read line <&7; echo $line; ${goes}; echo >&6
read line <&7; echo $line; ${comes}; echo >&6
for i in 1 2 ${lives ? '3' : ''}; do read line <&7; echo $line; done
`,
    ['-n'],
  );
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

const back = ['new True', 'datagrams True'];

test('an interface that is down: unreachable; what was open goes on when it is up again', () => {
  const [goes, comes] = ['ip link set v0 down', 'ip link set v0 up'];
  const lines = seen({ outbound: 'v0', goes, comes, lives: true });
  assert.deepEqual(lines, ['up', 'ENETUNREACH', ...back, 'live True']);
});

test('an address that is taken away: unreachable; what was open goes on when it is back', () => {
  const [goes, comes] = ['ip addr del 192.0.2.7/24 dev v0', 'ip addr add 192.0.2.7/24 dev v0'];
  const lines = seen({ outbound: '192.0.2.7', goes, comes, lives: true });
  assert.deepEqual(lines, ['up', 'ENETUNREACH', ...back, 'live True']);
});

test('an interface that is removed, and another one of its name: datagrams go on by that', () => {
  const lines = seen({ outbound: 'v0', goes: 'ip link del v0', comes: 'join', lives: false });
  assert.deepEqual(lines, ['up', 'ENETUNREACH', ...back]);
});
