/**
 * How programs inside find names: a resolv.conf that names the uplink, an nsswitch.conf that asks
 * nobody else, and the folders of services that answer over sockets with a path. Such a socket
 * belongs to no network namespace, so a service behind it would go on answering as the host: with
 * the host's names, and against the rules of this uplink.
 *
 * The system bus stays: far more than names hangs on it, and no name service of a filtered
 * nsswitch.conf asks over it. A program that itself asks systemd-resolved over the bus
 * (`resolvectl query`) gets the host's answer.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { parseResolvConf } from '../stack/index.js';

const RESOLV_CONF = '/etc/resolv.conf';
const NSSWITCH_CONF = '/etc/nsswitch.conf';

/** What the host's files say; undefined is a file that is not there. */
export interface HostNameFiles {
  readonly resolvConf: string | undefined;
  readonly nsswitch: string | undefined;
}

export function readHostNameFiles(): HostNameFiles {
  return { resolvConf: textOf(RESOLV_CONF), nsswitch: textOf(NSSWITCH_CONF) };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The files to lay over /etc, by their paths, for a namespace whose names these addresses answer. */
export function nameServiceFiles(
  nameservers: readonly string[],
  host: HostNameFiles,
): Readonly<Record<string, string>> {
  return {
    ...resolvConfFile(nameservers, host.resolvConf),
    [NSSWITCH_CONF]: nsswitchInside(host.nsswitch),
  };
}

/** The one of them that follows the host's, by its path. */
export function resolvConfFile(
  nameservers: readonly string[],
  host: string | undefined,
): Readonly<Record<string, string>> {
  return { [RESOLV_CONF]: resolvConfInside(nameservers, host) };
}

/** The host's search list and options go on being a matter of the programs' own resolvers. */
export function resolvConfInside(nameservers: readonly string[], host?: string): string {
  const { search, options } = parseResolvConf(host);
  const lines = [
    '# Written by nskit. The uplink answers here, and asks the servers of the host.',
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Services for host names that need no socket with a path (nss(5), nss-myhostname(8)). Not resolve,
 * mymachines, mdns*, libvirt*, sss, winbind, wins, ldap, nis.
 */
const KEPT = ['files', 'db', 'dns', 'myhostname'];

/** The host's nsswitch.conf with `hosts` asking only what is kept, files and DNS in any case. */
export function nsswitchInside(host = ''): string {
  const lines = host.split('\n');
  const at = lines.findIndex((line) => HOSTS.test(line));
  const before = at < 0 ? [] : servicesOf(lines[at] ?? '');
  const rest = lines.filter((line) => !HOSTS.test(line)).join('\n');
  const kept = before.filter(({ name }) => KEPT.includes(name));
  const names = new Set(kept.map(({ name }) => name));
  const services = [
    ...(names.has('files') ? [] : ['files']),
    ...kept.flatMap(({ name, actions }) => [name, ...actions]),
    ...(names.has('dns') ? [] : ['dns']),
  ];
  return `${rest.trimEnd()}\n\n# Changed by nskit.\nhosts: ${services.join(' ')}\n`.trimStart();
}

const HOSTS = /^\s*hosts\s*:/;

interface Service {
  readonly name: string;
  /** `[NOTFOUND=return]`: what its answer means for the services after it. */
  readonly actions: string[];
}

function servicesOf(line: string): Service[] {
  const services: Service[] = [];
  const words = line.replace(HOSTS, '').replace(/#.*/, '');
  for (const [word] of words.matchAll(/\[[^\]]*\]|[^\s[\]]+/g)) {
    if (word.startsWith('[')) services.at(-1)?.actions.push(word);
    else services.push({ name: word, actions: [] });
  }
  return services;
}

/** Folders with such sockets. Nothing else is in them that is of use inside. */
const SOCKET_FOLDERS = [
  // glibc asks nscd before nsswitch.conf counts at all.
  '/run/nscd',
  '/var/run/nscd',
  '/run/systemd/resolve',
  '/run/avahi-daemon',
];

/** Folders over which something empty is to be mounted; those that are there now, each once. */
export function hiddenPaths(): string[] {
  return [...new Set(SOCKET_FOLDERS.filter(existsSync).map((path) => realpathSync(path)))];
}
