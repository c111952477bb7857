/** An uplink on a host with a network and another machine on it: from where, and to what of its own. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { python } from '../support/uplink.js';

const here = ownHome();
after(() => leaveNothing(here));

const [py, program = ''] = python('who-asks.py');
const [, knock = ''] = python('knock.py');

/**
 * The host has 192.0.2.1 and 192.0.2.7 on v0, 192.0.2.99 on lo; the other machine is 192.0.2.2. What
 * "ask OPTIONS... -- PROTOCOL ADDRESS" prints is what a client inside saw.
 */
function onNetwork(script: string): string[] {
  const prelude = `
ip link set lo up
mkfifo "$T/go" "$T/said"; exec 4<>"$T/go" 5<>"$T/said"
unshare -n sh -c 'echo $$; read go; exec ${py} "${program}" 0.0.0.0 9000' <&4 >&5 &
read other <&5
ip link add v0 type veth peer name v1 netns $other
ip addr add 192.0.2.1/24 dev v0; ip addr add 192.0.2.7/24 dev v0; ip link set v0 up
ip addr add 192.0.2.99/32 dev lo
nsenter -t $other -n sh -c 'ip addr add 192.0.2.2/24 dev v1; ip link set v1 up'
echo go >&4; read line <&5
serve() { ${py} "${program}" $1 $2 >&5 & read line <&5; }
ask() {
  options=; while test "$1" != --; do options="$options $1"; shift; done
  nskit run --uplink $options -- ${py} "${knock}" $2 $3 $4
}
`;
  const { status, stdout, stderr } = onOwnMachine(here, prelude + script, ['-n']);
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

test('flows leave from the address or the interface that was said, by TCP and UDP', () => {
  const lines = onNetwork(`
for protocol in tcp udp; do
  ask -- $protocol 192.0.2.2 9000
  ask --outbound 192.0.2.7 -- $protocol 192.0.2.2 9000
  ask --outbound v0 -- $protocol 192.0.2.2 9000
  ask --outbound v0 --outbound 192.0.2.7 -- $protocol 192.0.2.2 9000
done
ask --outbound 192.0.2.44 -- tcp 192.0.2.2 9000
ask --outbound nowhere -- tcp 192.0.2.2 9000
`);
  const each = ['192.0.2.1', '192.0.2.7', '192.0.2.1', '192.0.2.7'];
  assert.deepEqual(lines.slice(0, 8), [...each, ...each]);
  for (const seen of lines.slice(8)) assert.match(seen, /^E[A-Z]+UNREACH$/);
});

test('the host’s addresses are machines, its loopback is not, whatever it is called', () => {
  const lines = onNetwork(`
serve 0.0.0.0 9001; serve 127.0.0.1 9002; serve 192.0.2.99 9003
ask -- tcp 192.0.2.1 9001
ask -- tcp 192.0.2.1 9002
ask --deny 192.0.2.1 -- tcp 192.0.2.1 9001
ask -- tcp 192.0.2.99 9003
ask --allow 192.0.2.0/24 -- tcp 192.0.2.99 9003
ask --allow 192.0.2.99:9003 -- tcp 192.0.2.99 9003
ask -- tcp 10.0.2.2 9002
ask --allow-host 9002 -- tcp 10.0.2.2 9002
ask --allow-host 9002/udp -- udp 10.0.2.2 9002
`);
  assert.deepEqual(lines, [
    '192.0.2.1',
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ECONNREFUSED',
    'ECONNREFUSED',
    '192.0.2.99',
    'ECONNREFUSED',
    '127.0.0.1',
    '127.0.0.1',
  ]);
});
