/** The host's interface, routes and resolv.conf change, again and again, while much goes through. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';
import { python } from '../support/uplink.js';

const here = ownHome();
after(() => leaveNothing(here));

const servers = fileURLToPath(new URL('../support/dns-server-process.js', import.meta.url));
const echo = python('echo.py').join(' ');
const talk = python('keep-talking.py').join(' ');

test('streams stay whole, and names and routes inside are the host’s of now', () => {
  const { status, stdout, stderr } = onOwnMachine(
    here,
    `
ip link set lo up
ip link add v0 type veth peer name v1; ip link set v1 up
mkdir "$T/etc"; cp /etc/passwd /etc/group "$T/etc"; mount --bind "$T/etc" /etc
printf 'nameserver 127.0.0.53\n' > /etc/resolv.conf
mkfifo "$T/dns" "$T/echo" "$T/said"; exec 5<>"$T/dns" 6<>"$T/echo" 7<>"$T/said"
"${process.execPath}" "${servers}" 127.0.0.53=192.0.2.53 127.0.0.54=192.0.2.54 >&5 &
read line <&5
${echo} serve 127.0.0.1 >&6 &
read port <&6
nskit add lab --uplink --allow-host $port
nskit exec lab ${talk} 10.0.2.2 $port "$T/stop" >&7 & talking=$!
read line <&7; echo $line
for round in 1 2 3 4 5 6 7 8 9 10; do
  ip link set v0 up; ip -6 addr replace 2001:db8::1/64 dev v0 nodad
  ip -6 route add default via 2001:db8::2 dev v0
  echo "nameserver 127.0.0.5$((round % 2 + 3))" > /etc/resolv.conf.new
  mv /etc/resolv.conf.new /etc/resolv.conf
  if test $round -lt 10; then ip link set v0 down; fi
done
nskit exec lab sh -c 'until dig +short now.test | grep 192.0.2.53; do :; done
  until ip -6 route show default | grep -o "default via fd00::2"; do :; done'
ip link set v0 down; echo 'nameserver 127.0.0.54' > /etc/resolv.conf
nskit exec lab sh -c 'until dig +short then.test | grep 192.0.2.54; do :; done
  while ip -6 route show default | grep -q default; do :; done; echo offline'
touch "$T/stop"; read line <&7; echo $line
wait $talking
nskit delete lab --kill`,
    ['-n'],
  );
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trim().split('\n'), [
    'talking',
    '192.0.2.53',
    'default via fd00::2',
    '192.0.2.54',
    'offline',
    'whole',
  ]);
});
