/**
 * The names that the uplink answers itself: the host's /etc/hosts, the gateway, and those of
 * RFC 6761 that never go to a server. Their records live for 0 seconds: the files may change.
 */
import { dns, formatIp, networkOf, parseIp } from '../../wire/index.js';
import type { FamilySettings, StackSettings } from '../settings.js';
import type { QuestionDecision } from './decide.js';
import type { HostsFile } from './hosts-file.js';

/** The gateway, which stands for the host. Nothing else lies in this domain (ICANN: .internal). */
const OWN_DOMAIN = 'nskit.internal';
const HOST_NAME = `host.${OWN_DOMAIN}`;

const LOCALHOST = 'localhost';
const LOOPBACK = ['127.0.0.1', '::1'];

const forward: QuestionDecision = { kind: 'forward' };
const noSuchName: QuestionDecision = {
  ...{ kind: 'answer', records: [], rcode: dns.rcodes.NXDOMAIN },
};

export type NetworkSettings = Pick<StackSettings, 'ipv4' | 'ipv6'>;

export function decideOwnName(
  question: dns.Question,
  settings: NetworkSettings,
  hosts: HostsFile,
): QuestionDecision {
  if (question.class !== dns.classes.IN) return forward;
  const name = dns.foldName(question.name);
  const asked = dns.addressOfReverse(name);
  if (asked !== undefined) return decideReverse(question, asked, settings, hosts);
  if (name === HOST_NAME) return addresses(question, gatewaysOf(settings));
  if (name === OWN_DOMAIN) return addresses(question, []);
  // RFC 6761 section 6.3: negative for all other types.
  if (dns.isWithin(name, LOCALHOST)) return addresses(question, LOOPBACK);
  // RFC 6761 section 6.4.
  if (dns.isWithin(name, OWN_DOMAIN) || dns.isWithin(name, 'invalid')) return noSuchName;
  const inFile = hosts.addressesOf(name);
  return inFile !== undefined && asksForAddress(question) ? addresses(question, inFile) : forward;
}

function asksForAddress({ type }: dns.Question): boolean {
  return type === dns.types.A || type === dns.types.AAAA || type === dns.types.ANY;
}

/** Those of the family that is asked for. */
function addresses(question: dns.Question, all: readonly string[]): QuestionDecision {
  const records = all.flatMap((address) => {
    const type = address.includes(':') ? dns.types.AAAA : dns.types.A;
    return answering(question, type, { kind: 'address', address });
  });
  return { kind: 'answer', records };
}

/** One record, if the question asks for its type. */
function answering(
  question: dns.Question,
  type: number,
  data: dns.RecordData,
): dns.ResourceRecord[] {
  if (question.type !== type && question.type !== dns.types.ANY) return [];
  return [{ name: question.name, type, class: dns.classes.IN, ttl: 0, data }];
}

function decideReverse(
  question: dns.Question,
  address: string,
  settings: NetworkSettings,
  hosts: HostsFile,
): QuestionDecision {
  const names = new Set(hosts.namesOf(address));
  if (gatewaysOf(settings).includes(address)) names.add(HOST_NAME);
  if (names.size === 0 && LOOPBACK.includes(address)) names.add(LOCALHOST);
  if (names.size === 0) return isInside(address, settings) ? noSuchName : forward;
  const records = [...names].flatMap((name) =>
    answering(question, dns.types.PTR, { kind: 'name', name }),
  );
  return { kind: 'answer', records };
}

function gatewaysOf(settings: NetworkSettings): string[] {
  return families(settings).map(({ gateway }) => formatIp(gateway));
}

function families({ ipv4, ipv6 }: NetworkSettings): FamilySettings[] {
  return [ipv4, ipv6].filter((family) => family !== undefined);
}

/** Of the namespace's networks or its loopback: no server outside knows about it (RFC 6303). */
function isInside(address: string, settings: NetworkSettings): boolean {
  const bytes = parseIp(address);
  if (bytes === undefined) return false;
  if (bytes.length === 4 && bytes[0] === 127) return true;
  return families(settings).some(({ network, prefixLength }) => {
    const masked = networkOf(bytes, prefixLength);
    return masked.length === network.length && masked.every((byte, i) => byte === network[i]);
  });
}
