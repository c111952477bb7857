/** `nskit route`: the routes of a name, in the words of ip-route(8). */
import type { Command } from 'commander';
import {
  namespaces,
  type NamedNamespace,
  type NextHopOptions,
  type Route,
  type RouteFilter,
  type RouteOptions,
  type Routes,
} from '../../index.js';
import { namesOf, routeJson } from '../network-json.js';
import { routeText } from '../network-text.js';
import { print } from '../print.js';
import { printJson, verbOf, type VerbTable } from '../verbs.js';
import { type ReadTable, type Words } from '../words.js';

interface Flags {
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .usage('[options] name [list | get | add | replace | append | delete ...]')
    .argument('<name>', 'the namespace')
    .argument('[words...]', 'what to do, as ip route has it; by default list')
    .option('--json', 'as JSON, in the shape of ip -json route')
    .addHelpText('after', help)
    .action(async (name: string, words: string[], flags: Flags) => {
      using lab = namespaces.get(name);
      const { verb, rest } = verbOf(verbs, words, 'route');
      await verb(lab, rest, flags);
    });
}

const verbs: VerbTable<Flags> = {
  list,
  show: list,
  add: changing('add'),
  append: changing('append'),
  replace: changing('replace'),
  delete: changing('delete'),
  get: async (lab, words, flags) => {
    const address = words.next('the address');
    words.end();
    await printRoutes(lab, [await lab.routes.get(address)], flags);
  },
};

const types = ['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit', 'throw'];

function changing(verb: 'add' | 'append' | 'replace' | 'delete') {
  return async ({ routes }: { routes: Routes }, words: Words): Promise<void> => {
    const first = words.next('the destination');
    const isType = types.includes(first);
    const destination = isType ? words.next('the destination') : first;
    const read = words.readAll(optionTable);
    await routes[verb](destination, isType ? { ...read, type: first as Route['type'] } : read);
  };
}

/** Next hops come last, and each begins with its word. */
function nextHops(words: Words): RouteOptions {
  const hops: NextHopOptions[] = [];
  do {
    let hop: NextHopOptions = {};
    while (!words.isEmpty && words.peek() !== 'nexthop') {
      const word = words.oneOf('a word of a next hop', ['via', 'dev', 'weight', 'onlink']);
      hop = { ...hop, ...hopTable[word]?.(words, hop) };
    }
    hops.push(hop);
  } while (words.skip('nexthop'));
  return { nextHops: hops };
}

const hopTable: ReadTable<NextHopOptions> = {
  via: (words) => ({ via: gateway(words) }),
  dev: (words) => ({ device: words.next('the device') }),
  weight: (words) => ({ weight: words.number('the weight') }),
  onlink: () => ({ onlink: true }),
};

function metric(name: 'mtu' | 'advmss') {
  return (words: Words, { metrics }: Partial<RouteOptions>): Partial<RouteOptions> => ({
    metrics: { ...metrics, [name]: words.number(name) },
  });
}

const optionTable: ReadTable<RouteOptions> = {
  via: (words) => ({ via: gateway(words) }),
  dev: (words) => ({ device: words.next('the device') }),
  src: (words) => ({ source: words.next('the source address') }),
  metric: (words) => ({ metric: words.number('the metric') }),
  table: (words) => ({ table: words.next('the table') }),
  scope: (words) => ({ scope: words.next('the scope') }),
  proto: (words) => ({ protocol: words.next('the protocol') }),
  onlink: () => ({ onlink: true }),
  mtu: metric('mtu'),
  advmss: metric('advmss'),
  nexthop: nextHops,
};

/** `via inet6 fe80::1` says the family, which the address shows anyway. */
function gateway(words: Words): string {
  if (!words.skip('inet6')) words.skip('inet');
  return words.next('the gateway');
}

const filterTable: ReadTable<RouteFilter> = {
  dev: (words) => ({ device: words.next('the device') }),
  table: (words) => ({ table: words.next('the table') }),
  inet: () => ({ family: 'inet' }),
  inet6: () => ({ family: 'inet6' }),
};

async function list(lab: NamedNamespace, words: Words, flags: Flags): Promise<void> {
  await printRoutes(lab, await lab.routes.list(words.readAll(filterTable)), flags);
}

async function printRoutes(
  { links }: NamedNamespace,
  routes: readonly Route[],
  { json = false }: Flags,
): Promise<void> {
  const names = namesOf(await links.list());
  if (json) printJson(routes.map((route) => routeJson(route, names)));
  else for (const route of routes) print(routeText(route, names));
}

const help = `
Words are those of ip route; no ip program is needed. The list has both families.

Examples:
  nskit route lab
  nskit route lab add default via 10.0.0.2
  nskit route lab add 10.1.0.0/16 via 10.0.0.2 dev v0 metric 50
  nskit route lab add default nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3
  nskit route lab replace blackhole 192.0.2.0/24
  nskit route lab get 10.1.2.3
  nskit route lab delete default`;
