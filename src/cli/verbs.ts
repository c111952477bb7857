/** `nskit link NAME VERB ...`: the verb, by its beginning as in iproute2, and what it runs. */
import type { NamedNamespace } from '../index.js';
import { print } from './print.js';
import { Words } from './words.js';

export type Verb<F> = (lab: NamedNamespace, words: Words, flags: F) => Promise<void>;

/** `list` is what is done when nothing is said. */
export type VerbTable<F> = Readonly<Record<string, Verb<F>>> & { readonly list: Verb<F> };

/** Throws ERR_USAGE. */
export function verbOf<F>(
  table: VerbTable<F>,
  [first, ...rest]: readonly string[],
  command: string,
): { verb: Verb<F>; rest: Words } {
  if (first === undefined) return { verb: table.list, rest: new Words([], `${command} list`) };
  // As in iproute2, the first in the table that begins so: "a", "del", "ls" aside.
  const name = Object.keys(table).find((verb) => verb.startsWith(first));
  const found = first === 'ls' ? table.list : name === undefined ? undefined : table[name];
  if (found === undefined) throw new Words([], command).unknown(first, table);
  return { verb: found, rest: new Words(rest, `${command} ${name ?? 'list'}`) };
}

export function printJson(value: object): void {
  print(JSON.stringify(value, undefined, 2));
}
