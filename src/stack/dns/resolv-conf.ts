/** /etc/resolv.conf as resolv.conf(5) describes it and glibc reads it. */
import { parseIPv4, parseIPv6 } from '../../wire/index.js';

export interface ResolvConf {
  /** Addresses in the order they are asked; `fe80::1%eth0` too. */
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  /** As they are written: `ndots:2`, `edns0`. */
  readonly options: readonly string[];
  /** How long one server is waited for; undefined when the file does not say. */
  readonly timeoutMs?: number | undefined;
  /** How often each server is asked; undefined when the file does not say. */
  readonly attempts?: number | undefined;
}

/** RES_MAXRETRANS and RES_MAXRETRY of <resolv.h>. */
const TIMEOUT_MAX_MS = 30_000;
const ATTEMPTS_MAX = 5;

/** Without a server in the file, or without the file, the one on this machine is asked. */
const LOCAL = '127.0.0.1';

/** Of a file that is missing, the text is undefined. What cannot be read is left out. */
export function parseResolvConf(text = ''): ResolvConf {
  const nameservers: string[] = [];
  const options: string[] = [];
  let search: readonly string[] = [];
  for (const [keyword, ...values] of keywordLines(text)) {
    const [first] = values;
    if (first === undefined) continue;
    if (keyword === 'nameserver' && isAddress(first)) nameservers.push(first);
    if (keyword === 'options') options.push(...values);
    // The last of these two wins, whichever it is.
    if (keyword === 'domain') search = [first];
    if (keyword === 'search') search = values;
  }
  const timeout = numberOf(options, 'timeout');
  const attempts = numberOf(options, 'attempts');
  return {
    nameservers: nameservers.length === 0 ? [LOCAL] : [...new Set(nameservers)],
    search,
    options,
    ...(timeout === undefined ? {} : { timeoutMs: Math.min(1000 * timeout, TIMEOUT_MAX_MS) }),
    ...(attempts === undefined ? {} : { attempts: Math.min(attempts, ATTEMPTS_MAX) }),
  };
}

/** A keyword begins its line; a line that begins with `#` or `;` is a comment. */
function keywordLines(text: string): string[][] {
  const lines = text.split('\n').filter((line) => /^[a-z]/.test(line));
  return lines.map((line) => line.trim().split(/\s+/));
}

function isAddress(text: string): boolean {
  const [address = '', zone, ...more] = text.split('%');
  if (more.length > 0 || zone === '') return false;
  if (parseIPv6(address) !== undefined) return true;
  return zone === undefined && parseIPv4(address) !== undefined;
}

/** The last one counts; 0 would be never. */
function numberOf(options: readonly string[], name: string): number | undefined {
  const numbers = options.flatMap((option) => {
    const digits = new RegExp(`^${name}:(\\d{1,5})$`).exec(option)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  const last = numbers.at(-1);
  return last === undefined ? undefined : Math.max(1, last);
}
