// The Debian packages the tests need: tools they compare nskit with, and compilers.

import { execFileSync, spawnSync } from 'node:child_process';
import { Expected } from './expected.mjs';

const packages = [
  ...['iproute2', 'util-linux', 'uidmap', 'sudo', 'procps'],
  // Clients of what the uplink's network offers.
  ...['udhcpc', 'isc-dhcp-client', 'ndisc6', 'traceroute', 'iputils-ping'],
  ...['tcpdump', 'iperf3', 'nftables', 'bubblewrap', 'netcat-openbsd', 'python3'],
  ...['curl', 'slirp4netns', 'passt', 'socat', 'rootlesskit'],
  ...['bind9-dnsutils', 'tshark', 'postgresql'],
  ...['gcc', 'libc6-dev'],
  ...['binutils', 'libcap2-bin'],
  // The published package serves arm64 too; this is how an x64 machine sees that it works.
  ...(process.arch === 'x64'
    ? ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross', 'qemu-user-static']
    : []),
];

export function installPackages() {
  if (spawnSync('dpkg-query', ['--version']).error) {
    console.log(`Not a Debian: make sure yourself that these are there: ${packages.join(' ')}`);
    return;
  }
  const missing = missingPackages();
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(' ')}`);
  aptGet('update');
  aptGet('install', '--yes', '--no-install-recommends', ...missing);
}

function missingPackages() {
  // Exits non-zero when one is unknown, and still prints the others.
  const format = '${Package} ${db:Status-Status}\\n';
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', format, ...packages], {
    encoding: 'utf8',
  });
  const known = new Set(stdout.split('\n'));
  return packages.filter((name) => !known.has(`${name} installed`));
}

function aptGet(...args) {
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', [...options, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    throw new Expected(`The tests need packages that could not be installed: ${error.message}`);
  }
}
