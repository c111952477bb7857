/** /etc/hosts as hosts(5) describes it, to be asked in both directions. */
import { dns, formatIp, parseIp } from '../../wire/index.js';

export class HostsFile {
  readonly #addresses = new Map<string, string[]>();
  readonly #names = new Map<string, string[]>();

  readonly #first: HostsFile | undefined;

  /**
   * Of a file that is missing, the text is undefined. What cannot be read is left out. What `first`
   * has is taken from there.
   */
  constructor(text = '', first?: HostsFile) {
    this.#first = first;
    for (const line of text.split('\n')) this.#addLine(line.replace(/#.*/s, ''));
  }

  /** All addresses of a folded name, of both families; undefined: the name is not in the file. */
  addressesOf(name: string): readonly string[] | undefined {
    return this.#first?.addressesOf(name) ?? this.#addresses.get(name);
  }

  /** The first name of each line of an address in canonical text. */
  namesOf(address: string): readonly string[] {
    const names = this.#first?.namesOf(address) ?? [];
    return names.length > 0 ? names : (this.#names.get(address) ?? []);
  }

  #addLine(line: string): void {
    const [first = '', ...rest] = line.trim().split(/\s+/);
    // An address with an interface (fe80::1%eth0) has no place in a record.
    const bytes = parseIp(first);
    const names = rest.filter(isName);
    const [canonical] = names;
    if (bytes === undefined || canonical === undefined) return;
    const address = formatIp(bytes);
    addTo(this.#names, address, dns.foldName(canonical));
    for (const name of names) addTo(this.#addresses, dns.foldName(name), address);
  }
}

function isName(text: string): boolean {
  try {
    return dns.parseName(text).length > 0;
  } catch {
    return false;
  }
}

function addTo(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else if (!values.includes(value)) values.push(value);
}
