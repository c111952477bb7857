/**
 * Command lines as getopt_long(3) reads them, where commander reads them differently: an optional
 * value is only what is attached (`--net=FILE`), so that `-n ip link` runs ip; options end at the
 * program's name; a long name may be cut short while it is clear which one is meant.
 */
import type { Command, Option } from 'commander';

/** To be called when all options are defined. */
export function attachedValuesOnly(command: Command): void {
  command.combineFlagAndOptionalValue(false);
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (args) => parse(separate(args, command.options));
}

/** The same arguments with a `--` before the program, and optional values in their long form. */
export function separate(args: readonly string[], options: readonly Option[]): string[] {
  const out: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--' || !/^-./.test(arg)) {
      return [...out, '--', ...(arg === '--' ? [] : [arg]), ...rest];
    }
    const { words, last } = arg.startsWith('--') ? longOption(arg, options) : cluster(arg, options);
    out.push(...words);
    const value = last?.required === true ? rest.shift() : undefined;
    if (value !== undefined) out.push(value);
  }
  return out;
}

interface Read {
  readonly words: readonly string[];
  /** The option whose value, if it must have one, is the next argument. */
  readonly last?: Option | undefined;
}

function longOption(arg: string, options: readonly Option[]): Read {
  const [, name = '', attached] = /^(--[^=]*)(=.*)?$/s.exec(arg) ?? [];
  const option = findLong(name, options);
  if (option === undefined) return { words: [arg] };
  if (attached === undefined) return { words: [option.long ?? name], last: option };
  return { words: [`${option.long ?? name}${attached}`] };
}

function findLong(name: string, options: readonly Option[]): Option | undefined {
  const exact = options.find(({ long }) => long === name);
  const begun = options.filter(({ long }) => name.length > 2 && long?.startsWith(name) === true);
  return exact ?? (begun.length === 1 ? begun[0] : undefined);
}

/** `-Urn`, `-fS1000`, `-n/run/netns/a`: an attached optional value begins with `/`, `.` or `=`. */
function cluster(arg: string, options: readonly Option[]): Read {
  const words: string[] = [];
  let last: Option | undefined;
  for (let at = 1; at < arg.length; at++) {
    const flag = `-${arg.charAt(at)}`;
    const value = arg.slice(at + 1);
    last = options.find(({ short }) => short === flag);
    if (last?.required === true && value !== '') return { words: [...words, flag + value] };
    if (last?.optional === true && /^[/.=]/.test(value)) {
      return { words: [...words, `${last.long ?? flag}=${value.replace(/^=/, '')}`] };
    }
    words.push(flag);
  }
  return { words, last };
}
