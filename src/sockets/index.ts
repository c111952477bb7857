export type { SocketAddress } from '../wire/index.js';
export { unixAddress, type HostAndPort, type VsockPort } from './address.js';
export {
  httpAgent,
  httpsAgent,
  undiciConnector,
  type UndiciConnector,
  type UndiciWanted,
} from './agents.js';
export {
  connect,
  connectVsock,
  connectDescriptor,
  socketsFrom,
  type ConnectOptions,
  type MakeSocket,
  type TcpConnectOptions,
  type UnixConnectOptions,
  type VsockConnectOptions,
} from './connection.js';
export { adoptDatagram, datagram, datagramOpening, type DatagramOptions } from './datagram.js';
export { FileDescriptor } from './descriptor.js';
export { SocketError } from './errors.js';
export { fileOpening, type OpenFileOptions, type ResolveFlag } from './file.js';
export {
  becomeWithDescriptors,
  becomeWithSockets,
  handOverProgram,
  spawnWithSockets,
  type DescriptorsOptions,
  type HandOverOptions,
  type HandedSocket,
} from './hand-over.js';
export {
  here,
  insideOf,
  type FindInside,
  type Inside,
  type JoinOptions,
  type PlaceKind,
} from './inside.js';
export {
  FIRST_LISTEN_FD,
  receivedSockets,
  type ReceiveListenOptions,
  type ReceivedSocket,
} from './listen-fds.js';
export {
  listenUrlOptions,
  parseListenUrl,
  splitHostAndPort,
  type ListenUrl,
} from './listen-url.js';
export {
  Listener,
  listen,
  listenerOpening,
  type ListenOptions,
  type TcpListenOptions,
  type UnixListenOptions,
  type VsockListenOptions,
} from './listener.js';
export { openAll, openOne, openingProgram, type Opening } from './opening.js';
export type { RawOption, SocketOptions } from './options.js';
export {
  receiveDescriptors,
  sendDescriptors,
  socketPair,
  takeDescriptor,
  type ReceiveOptions,
  type Received,
  type SendOptions,
  type SocketPairOptions,
} from './passing.js';
export { SocketPool, type PoolOptions } from './pool.js';
export * from './relay/index.js';
export {
  socketOpening,
  type OpenedSocket,
  type SocketDomain,
  type SocketProtocol,
  type SocketRequest,
  type SocketType,
} from './socket.js';
export { peerName, socketName } from './socket-names.js';
export { SocketStream, type SocketStreamOptions } from './stream.js';
export { letTapPersist, tapOpening, type Tap, type TapOptions } from './tap.js';
export { accept } from './stream-calls.js';
