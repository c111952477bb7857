/** `nskit addr`: the addresses of a name's devices, in the words of ip-address(8). */
import type { Command } from 'commander';
import {
  namespaces,
  type AddressFilter,
  type AddressOptions,
  type NamedNamespace,
} from '../../index.js';
import { linkWithAddressesJson, namesOf } from '../network-json.js';
import { addressTable } from '../network-text.js';
import { print } from '../print.js';
import { printJson, verbOf, type VerbTable } from '../verbs.js';
import { type ReadTable, type Words } from '../words.js';

interface Flags {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .usage('[options] name [list | add | replace | delete | flush ...]')
    .argument('<name>', 'the namespace')
    .argument('[words...]', 'what to do, as ip address has it; by default list')
    .option('--json', 'as JSON, in the shape of ip -json address')
    .addHelpText('after', help)
    .action(async (name: string, words: string[], flags: Flags) => {
      using lab = namespaces.get(name);
      const { verb, rest } = verbOf(verbs, words, 'addr');
      await verb(lab, rest, flags);
    });
}

const verbs: VerbTable<Flags> = {
  list,
  show: list,
  add: async ({ addresses }, words) => {
    await addresses.add(words.next('the address'), options(words));
  },
  replace: async ({ addresses }, words) => {
    await addresses.replace(words.next('the address'), options(words));
  },
  delete: async ({ addresses }, words) => {
    await addresses.delete(words.next('the address'), options(words));
  },
  flush: async ({ addresses }, words) => {
    const { device, ...filter } = words.readAll(filterTable, (device) => ({ device }));
    if (device === undefined) throw words.error('the device is missing', 'give it as: dev DEVICE');
    await addresses.flush({ ...filter, device });
  },
};

const optionTable: ReadTable<AddressOptions> = {
  dev: (words) => ({ device: words.next('the device') }),
  broadcast: (words) => ({ broadcast: words.next('the broadcast address') }),
  brd: (words) => ({ broadcast: words.next('the broadcast address') }),
  peer: (words) => ({ peer: words.next('the address of the other end') }),
  label: (words) => ({ label: words.next('the label') }),
  scope: (words) => ({ scope: words.next('the scope') }),
  metric: (words) => ({ metric: words.number('the metric') }),
  valid_lft: (words) => ({ validSeconds: lifetime(words) }),
  preferred_lft: (words) => ({ preferredSeconds: lifetime(words) }),
  nodad: () => ({ nodad: true }),
  noprefixroute: () => ({ noprefixroute: true }),
};

function options(words: Words): AddressOptions {
  const { device, ...rest } = words.readAll(optionTable);
  if (device === undefined) throw words.error('the device is missing', 'give it as: dev DEVICE');
  return { ...rest, device };
}

function lifetime(words: Words): number {
  return words.skip('forever') ? Infinity : words.number('the lifetime in seconds');
}

const filterTable: ReadTable<AddressFilter> = {
  dev: (words) => ({ device: words.next('the device') }),
  inet: () => ({ family: 'inet' }),
  inet6: () => ({ family: 'inet6' }),
};

async function list({ links, addresses }: NamedNamespace, words: Words, { json = false }: Flags) {
  const filter = words.readAll(filterTable, (device) => ({ device }));
  const all = await links.list();
  const names = namesOf(all);
  const found = await addresses.list(filter);
  if (!json) {
    print(addressTable(found, names));
    return;
  }
  const { device } = filter;
  const shown = device === undefined ? all : [await links.get(device)];
  printJson(shown.map((link) => linkWithAddressesJson(link, found, names)));
}

const help = `
Words are those of ip address; no ip program is needed.

Examples:
  nskit addr lab
  nskit addr lab add 10.0.0.1/24 dev v0
  nskit addr lab add fd00::1/64 dev v0 nodad
  nskit addr lab delete 10.0.0.1/24 dev v0
  nskit addr lab flush dev v0
  nskit addr lab list inet --json | jq -r '.[].addr_info[].local'`;
