// What an ordinary user's machine lacks, and what that means for the tests. Nothing here is changed:
// only root's `npm test` prepares a machine.

import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readRanges } from './account.mjs';
import { canUse, canUseTun, pingRange } from './host.mjs';

const commands =
  'ip newuidmap newgidmap setpriv sysctl tcpdump iperf3 nft bwrap nc cc aarch64-linux-gnu-gcc';

export function listMissing() {
  const { username, uid } = os.userInfo();
  const owners = [username, String(uid)];
  const lacksRange = (file) => !readRanges(file).some(({ owner }) => owners.includes(owner));
  return [
    ...['/etc/subuid', '/etc/subgid']
      .filter(lacksRange)
      .map((file) => `${file} grants ${username} no ids: tests of subordinate ids`),
    ...commands
      .split(' ')
      .filter((name) => !onPath(name))
      .map((name) => `${name} is not installed: tests that need it`),
    ...(canUseTun() ? [] : ['/dev/net/tun cannot be opened: tests of the uplink']),
    ...(mayPing() ? [] : ['net.ipv4.ping_group_range excludes you: tests of ping']),
    ...(process.env.XDG_RUNTIME_DIR ? [] : ['XDG_RUNTIME_DIR is not set: a fallback is used']),
  ];
}

// The system directories as well: on Debian they are not on an ordinary user's PATH.
export function onPath(name) {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return directories.some((directory) => canUse(path.join(directory, name), fs.constants.X_OK));
}

function mayPing() {
  const [lowest, highest] = fs.readFileSync(pingRange, 'utf8').split(/\s+/).map(Number);
  return process.getgroups().some((group) => group >= lowest && group <= highest);
}
