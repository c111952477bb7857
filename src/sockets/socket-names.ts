/** The two ends of a socket that is open. */
import { tryCall } from '../native/index.js';
import { SOCKADDR_STORAGE_SIZE, parseSocketAddress, type SocketAddress } from '../wire/index.js';

/** getsockname(2); undefined for what is no socket. */
export function socketName(fd: number): SocketAddress | undefined {
  return nameBy('getsockname', fd);
}

/** getpeername(2); undefined for what is not connected. */
export function peerName(fd: number): SocketAddress | undefined {
  return nameBy('getpeername', fd);
}

function nameBy(call: 'getsockname' | 'getpeername', fd: number): SocketAddress | undefined {
  const bytes = new Uint8Array(SOCKADDR_STORAGE_SIZE);
  const size = Uint32Array.of(bytes.length);
  if (tryCall(call, fd, bytes, size) < 0) return undefined;
  return parseSocketAddress(bytes.slice(0, size[0]));
}
