/** `nskit run --uplink --publish`: stock clients, and whom the server sees beside another machine. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { nskit } from '../support/nskit.js';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { python } from '../support/uplink.js';

const here = ownHome();
after(() => leaveNothing(here));

const server = python('server.py').join(' ');
const knock = python('knock.py').join(' ');

/** What `script` prints with a server inside on port 80 that OPTIONS publish. */
function serving(options: string, script: string, setUp = ''): string[] {
  const { status, stdout, stderr } = onOwnMachine(
    here,
    `
ip link set lo up
${setUp}
mkfifo "$T/said"; exec 5<>"$T/said"
nskit run --uplink ${options} -- ${server} 0.0.0.0 80 >&5 & inner=$!
read line <&5
${script}
kill $inner; wait $inner || true
`,
    ['-n'],
  );
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

test('nc and others reach a server inside, through ports and ranges', () => {
  const lines = serving(
    '--publish 8080:80 --publish 8081-8082:80-81 --publish 8080:80/udp',
    `
printf hello | nc -N 127.0.0.1 8080
echo
printf hello | nc -N 127.0.0.1 8081 | tail -n 1
echo
${knock} udp 127.0.0.1 8080 hi
${knock} tcp 127.0.0.1 8082`,
  );
  assert.match(lines[0] ?? '', /^10\.0\.2\.2 \d+$/);
  assert.deepEqual(lines.slice(1, 3), ['hello', 'hello']);
  assert.match(lines[3] ?? '', /^10\.0\.2\.2 \d+$/);
  assert.equal(lines[4], 'hi');
  assert.equal(lines[5], 'ECONNRESET', 'nobody listens on port 81');
});

test('a client of another machine is itself, one in the namespace’s own network is the gateway', () => {
  const setUp = `
unshare -n sleep 1000 & other=$!
while test "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)"; do :; done
ip link add v0 type veth peer name v1 netns $other
ip addr add 192.0.2.1/24 dev v0; ip addr add 10.0.2.1/24 dev v0; ip link set v0 up
nsenter -t $other -n sh -c 'ip addr add 192.0.2.2/24 dev v1; ip addr add 10.0.2.77/24 dev v1
  ip link set v1 up'
ask() { nsenter -t $other -n ${knock} $1 $2 8080 | head -n 1; }`;
  const script = `
ask tcp 192.0.2.1; ask udp 192.0.2.1; ask tcp 10.0.2.1; ask udp 10.0.2.1
kill $other`;
  const lines = serving('--publish 0.0.0.0:8080:80 --publish 0.0.0.0:8080:80/udp', script, setUp);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['192.0.2.2', '192.0.2.2', '10.0.2.2', '10.0.2.2'],
  );
});

test('what cannot be published is refused before anything is made, with a hint', () => {
  for (const [options, message] of [
    [['--publish', '80'], /"80" is no port to publish\n {2}hint: give it as 8080:80/],
    [['--publish', '1:80'], /publish 127\.0\.0\.1:1: bind failed with EACCES\n {2}hint: .*sysctl/],
    [['--publish', '0-1:80-82'], /2 of the host’s ports, but 3 inside/],
  ] as const) {
    const { status, stderr } = nskit(['run', '--uplink', ...options, '--', 'true']);
    assert.match(stderr, message);
    assert.equal(status, 125);
  }
  const { stderr } = nskit(['run', '--publish', '8080:80', '--', 'true']);
  assert.match(stderr, /--publish goes with --uplink/);
});
