// What an ordinary desktop or server gives its users and a bare container or virtual machine often
// does not: the tun device, ping sockets, a runtime directory.

import * as fs from 'node:fs';
import { execFileSync } from 'node:child_process';

const tun = '/dev/net/tun';
export const pingRange = '/proc/sys/net/ipv4/ping_group_range';

export function openTunDevice() {
  if (!fs.existsSync(tun)) {
    fs.mkdirSync('/dev/net', { recursive: true });
    execFileSync('mknod', [tun, 'c', '10', '200']);
  }
  fs.chmodSync(tun, 0o666);
}

// Every group may open ping sockets, as systemd sets it up.
export function openPingSockets() {
  fs.writeFileSync(pingRange, '0 2147483647');
}

export function makeRuntimeDirectory({ uid, gid }) {
  const directory = `/run/user/${uid}`;
  fs.mkdirSync(directory, { recursive: true });
  fs.chmodSync(directory, 0o700);
  fs.chownSync(directory, uid, gid);
  return directory;
}

export function canUse(file, mode = fs.constants.R_OK | fs.constants.W_OK) {
  try {
    fs.accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

export const canUseTun = () => canUse(tun);
