/** `nskit run --uplink` on a machine whose resolv.conf and servers are a test's. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';

const here = ownHome();
after(() => leaveNothing(here));

const serverProgram = fileURLToPath(new URL('../support/dns-server-process.js', import.meta.url));

/** A script on a machine with two servers and no way out, whose /etc it may write. */
function withServers(script: string): string[] {
  const prelude = `
ip link set lo up
mkdir "$T/etc"; cp /etc/passwd /etc/group "$T/etc"; mount --bind "$T/etc" /etc
printf 'nameserver 127.0.0.53\nsearch corp.test\n' > /etc/resolv.conf
mkfifo "$T/ready" "$T/said"
"${process.execPath}" "${serverProgram}" 127.0.0.53=192.0.2.53 127.0.0.54=192.0.2.54 > "$T/ready" &
read line < "$T/ready"
`;
  const { status, stdout, stderr } = onOwnMachine(here, prelude + script, ['-n']);
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

test('names come from the servers of the host, the search list and the gateway included', () => {
  const lines = withServers(`
nskit run --uplink -- sh -c '
  getent ahostsv4 www.shop.test | head -1
  getent ahostsv4 short | head -1
  getent hosts 10.0.2.2
  grep -c nameserver /etc/resolv.conf
  dig +short +tcp www.shop.test
'`);
  assert.deepEqual(
    lines.map((line) => line.split(/\s+/).filter((word) => word !== 'STREAM')),
    [
      ['192.0.2.53', 'www.shop.test'],
      ['192.0.2.53', 'short.corp.test'],
      ['10.0.2.2', 'host.nskit.internal'],
      ['1'],
      ['192.0.2.53'],
    ],
  );
});

test('a resolv.conf and a hosts file that come while the program runs count at once', () => {
  const lines = withServers(`
nskit run --uplink -- sh -c '
  found() { getent ahostsv4 "$1" | head -1; }
  found a.test
  until found a.test | grep 192.0.2.54; do :; done
  until dig +short only.hosts | grep 192.0.2.77; do :; done
' > "$T/said" &
exec 3< "$T/said"
read line <&3; echo $line
echo 'nameserver 127.0.0.54' > /etc/resolv.conf.new; mv /etc/resolv.conf.new /etc/resolv.conf
read line <&3; echo $line
echo '192.0.2.77 only.hosts' > /etc/hosts
read line <&3; echo $line
`);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['192.0.2.53', '192.0.2.54', '192.0.2.77'],
  );
});

const udhcpc = fileURLToPath(new URL('../../../test/support/udhcpc-script.sh', import.meta.url));

const lease = `udhcpc -i tap0 -n -q -f -O search -s "${udhcpc}" 2>&1 | grep ^search=.`;

test('the search list inside follows the host’s, by the file and by DHCP', () => {
  const lines = withServers(`
nskit run --uplink -- sh -c '
  search() { grep ^search /etc/resolv.conf; }
  exec 9< /etc/resolv.conf
  search; ${lease}
  until search | grep -q other.test; do :; done
  search; grep ^search <&9
  until ${lease} | grep -q other.test; do :; done
  ${lease}; set -- $(getent ahostsv4 short | head -1); echo $3
  while grep -q ^search /etc/resolv.conf; do :; done
  grep -c "^nameserver 10.0.2.3" /etc/resolv.conf
' > "$T/said" &
exec 3< "$T/said"
read line <&3; echo $line; read line <&3; echo $line
printf 'nameserver 127.0.0.53\nsearch other.test more.test\n' > /etc/resolv.conf.new
mv /etc/resolv.conf.new /etc/resolv.conf
for i in 1 2 3 4; do read line <&3; echo $line; done
echo 'nameserver 127.0.0.53' > /etc/resolv.conf
read line <&3; echo $line
`);
  assert.deepEqual(lines, [
    'search corp.test',
    'search=corp.test',
    'search other.test more.test',
    'search other.test more.test',
    'search=other.test more.test',
    'short.other.test',
    '1',
  ]);
});

test('by DHCP it follows in a name that the shared process serves, too', () => {
  const lines = withServers(`
nskit add lab --uplink
nskit exec lab sh -c '${lease}'
printf 'nameserver 127.0.0.53\nsearch other.test\n' > /etc/resolv.conf
nskit exec lab sh -c 'until ${lease} | grep other.test; do :; done'
nskit delete lab
`);
  assert.deepEqual(lines, ['search=corp.test', 'search=other.test']);
});

test('with --no-dns nobody answers, and resolv.conf is the host’s', () => {
  const lines = withServers(`
nskit run --uplink --no-dns -- sh -c '
  cat /etc/resolv.conf
  dig +short +tries=1 +timeout=5 @10.0.2.3 a.test || echo refused
'`);
  assert.deepEqual(lines.slice(0, 2), ['nameserver 127.0.0.53', 'search corp.test']);
  assert.equal(lines.at(-1), 'refused');
});
