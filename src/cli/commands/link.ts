/** `nskit link`: the devices of a name, in the words of ip-link(8). */
import type { Command } from 'commander';
import { namespaces, type LinkFilter, type Links, type NamedNamespace } from '../../index.js';
import { linkSpec, settingsTable } from '../link-words.js';
import { linkJson, namesOf } from '../network-json.js';
import { linkTable } from '../network-text.js';
import { print } from '../print.js';
import { printJson, verbOf, type VerbTable } from '../verbs.js';
import { type Words, type ReadTable } from '../words.js';

interface Flags {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .usage('[options] name [list | add | set | delete ...]')
    .argument('<name>', 'the namespace')
    .argument('[words...]', 'what to do, as ip link has it; by default list')
    .option('--json', 'as JSON, in the shape of ip -json link')
    .addHelpText('after', help)
    .action(async (name: string, words: string[], flags: Flags) => {
      using lab = namespaces.get(name);
      const { verb, rest } = verbOf(verbs, words, 'link');
      await verb(lab, rest, flags);
    });
}

const verbs: VerbTable<Flags> = {
  list,
  show: list,
  add: async ({ links }, words) => {
    await add(links, words);
  },
  set: async ({ links }, words) => {
    words.skip('dev');
    const device = words.next('the device');
    if (words.isEmpty) throw words.error('nothing to set', 'up, down, mtu 1400, master br0, ...');
    await links.set(device, words.readAll(settingsTable));
  },
  delete: async ({ links }, words) => {
    words.skip('dev');
    const device = words.next('the device');
    words.end();
    await links.delete(device);
  },
};

/** tun and tap are made in another way than the other kinds, but not for who types. */
async function add(links: Links, words: Words): Promise<void> {
  const mode = words.takePair('type', ['tun', 'tap']);
  if (mode === undefined) {
    await links.add(linkSpec(words));
    return;
  }
  words.skip('dev');
  const name = words.next('the name of the device');
  const settings = words.readAll(settingsTable);
  await links.addTun(name, { ...settings, mode });
}

const filterTable: ReadTable<LinkFilter & { device: string }> = {
  dev: (words) => ({ device: words.next('the device') }),
  type: (words) => ({ kind: words.next('the type') }),
  master: (words) => ({ master: words.next('the master device') }),
  up: () => ({ up: true }),
};

async function list({ links }: NamedNamespace, words: Words, { json = false }: Flags) {
  const read = words.readAll(filterTable, (device) => ({ device }));
  const { device, ...filter } = read;
  const all = await links.list();
  const names = namesOf(all);
  const hasFilter = Object.keys(filter).length > 0;
  const listed = hasFilter ? await links.list(filter) : all;
  const found = device === undefined ? listed : [await links.get(device)];
  if (json) printJson(found.map((link) => linkJson(link, names)));
  else print(linkTable(found, names));
}

const help = `
Words are those of ip link; no ip program is needed. The kinds are veth, bridge, macvlan, vlan,
vxlan, dummy, tun and tap. netns takes a name, a path, the pid of a process, or the word host: the
network that nskit itself is in, which takes root.

Examples:
  nskit link lab
  nskit link lab add v0 type veth peer v1 netns other
  nskit link lab add br0 up type bridge
  nskit link lab set v0 master br0 up
  nskit link lab add tap0 type tap
  nskit link lab delete v0
  sudo nskit link netns0 set v1 netns host
  nskit link lab list type veth --json | jq -r '.[].ifname'`;
