/** The host's socket of a published port: bound, and listening if it is TCP's. */
import { readFileSync } from 'node:fs';
import { SyscallError } from '../../errors/index.js';
import { call } from '../../native/index.js';
import { FileDescriptor, SocketError, socketName } from '../../sockets/index.js';
import { AF_INET, AF_INET6, emitSocketAddress } from '../../wire/index.js';
import * as k from '../constants.js';
import { options, receiveErrors, setOption, type IpFamily } from '../socket-calls.js';
import { publishingText, type Publishing } from './request.js';

/** Connections that wait to be accepted; net.core.somaxconn caps it. */
const BACKLOG = 4096;
/** Datagrams that wait for the loop to come round. */
const RECEIVE_BUFFER_BYTES = 4 << 20;

export interface Listening {
  readonly descriptor: FileDescriptor;
  /** With the port that it really is. */
  readonly publishing: Publishing;
}

export function familyOfAddress(address: string): IpFamily {
  return address.includes(':') ? 'inet6' : 'inet';
}

/** Every one, or none. Throws SocketError. */
export function listenAll(publishings: readonly Publishing[]): Listening[] {
  const all: Listening[] = [];
  try {
    for (const publishing of publishings) all.push(listen(publishing));
    return all;
  } catch (error) {
    for (const { descriptor } of all) descriptor[Symbol.dispose]();
    throw error;
  }
}

function listen(publishing: Publishing): Listening {
  const { address, port } = publishing;
  try {
    const descriptor = openListening(publishing);
    const name = socketName(descriptor.fd);
    const bound = name !== undefined && 'port' in name ? name.port : port;
    return { descriptor, publishing: { ...publishing, port: bound } };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const { code, errno, syscall, step, path } = error;
    const hint = hints[code]?.() ?? error.hint;
    const better = new SyscallError({ code, errno, syscall, step, path, hint }, { cause: error });
    throw new SocketError(better, { address, port });
  }
}

function openListening(publishing: Publishing): FileDescriptor {
  const { protocol, address, port } = publishing;
  const family = familyOfAddress(address);
  const step = `publish ${publishingText(publishing)}`;
  const type = protocol === 'tcp' ? k.SOCK_STREAM : k.SOCK_DGRAM;
  const flags = k.SOCK_NONBLOCK | k.SOCK_CLOEXEC;
  const domain = family === 'inet' ? AF_INET : AF_INET6;
  const descriptor = new FileDescriptor(call({ step }, 'socket', domain, type | flags, 0));
  try {
    const { fd } = descriptor;
    // `::` is IPv6 alone, as 0.0.0.0 is IPv4 alone.
    if (family === 'inet6') setOption(fd, options.ipv6Only, 1);
    if (protocol === 'tcp') setOption(fd, options.reuseAddress, 1);
    else prepareDatagrams(fd, family);
    const name = emitSocketAddress({ family, address, port });
    call({ step }, 'bind', fd, name, name.length);
    if (protocol === 'tcp') call({ step }, 'listen', fd, BACKLOG);
    return descriptor;
  } catch (error) {
    descriptor[Symbol.dispose]();
    throw error;
  }
}

/** Answers leave from the address that was asked, whichever of many it was. */
function prepareDatagrams(fd: number, family: IpFamily): void {
  setOption(fd, options.packetInfo[family], 1);
  setOption(fd, options.receiveBuffer, RECEIVE_BUFFER_BYTES);
  setOption(fd, options.gro, 1);
  receiveErrors(fd, family, true);
}

const hints: Readonly<Record<string, () => string>> = {
  EACCES: privilegedPortHint,
  EADDRINUSE: () =>
    'it is published already, or a program listens there ("ss -lntup" says which); port 0 takes any free one',
  EADDRNOTAVAIL: () =>
    'no interface of the host has this address; 0.0.0.0 and [::] are all of them',
};

function privilegedPortHint(): string {
  const name = 'net.ipv4.ip_unprivileged_port_start';
  return `the host’s ports below ${firstFreePort(name)} are root’s: take a higher one, or: sudo sysctl ${name}=80`;
}

function firstFreePort(name: string): string {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    // A process that may read few files.
    return '1024';
  }
}
