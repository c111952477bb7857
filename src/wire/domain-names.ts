/**
 * Domain names one after the other, uncompressed, as router advertisements (RFC 8106), DHCP (RFC
 * 3397) and DHCPv6 (RFC 8415 section 10) list them.
 */
import { DecodeError } from '../errors/index.js';
import { LABEL_MAX, labelText, parseName } from './dns/name.js';

/** Texts that are no names are left out: no search list is worth failing for. */
export function emitDomainNames(names: readonly string[]): Uint8Array {
  return Uint8Array.from(names.flatMap(bytesOf));
}

function bytesOf(name: string): number[] {
  try {
    const labels = parseName(name);
    return labels.length === 0 ? [] : [...labels.flatMap((l) => [l.length, ...l]), 0];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** Zeros after the last name are padding. Throws DecodeError. */
export function parseDomainNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  let labels: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at] ?? 0;
    const end = at + 1 + length;
    if (length > LABEL_MAX) throw broken('an unknown kind of label', at, bytes);
    if (end > bytes.length) throw broken('too short', at, bytes);
    if (length > 0) labels.push(labelText(bytes.subarray(at + 1, end)));
    else if (labels.length > 0) names.push(labels.join('.'));
    if (length === 0) labels = [];
    at = end;
  }
  if (labels.length > 0) throw broken('too short', bytes.length, bytes);
  return names;
}

function broken(problem: string, offset: number, bytes: Uint8Array): DecodeError {
  return new DecodeError(problem, { struct: 'domain names', offset, bytes });
}
