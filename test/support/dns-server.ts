/**
 * A name server for tests, on a loopback address of its own, by UDP and TCP. Its messages are
 * written by dns-packet, not by the code under test.
 */
import assert from 'node:assert/strict';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import packet from 'dns-packet';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Asked {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly via: 'udp' | 'tcp';
  /** Where it was sent from. */
  readonly port: number;
  readonly query: Buffer;
  /** Sends a message back, now or later. */
  reply(message: Buffer): void;
  /** Ends a connection; by UDP, nothing. */
  hangUp(): void;
}

/** What to send back at once, as it is. */
export type Behaviour = (asked: Asked) => Buffer | undefined;

export interface NameServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly asked: Asked[];
  behave: Behaviour;
}

export interface BothSockets {
  readonly udp: UdpSocket;
  readonly tcp: Server;
}

/** `port` 0 chooses one. */
export async function nameServer(
  address: string,
  { port = 0, behave = silent }: { port?: number; behave?: Behaviour } = {},
): Promise<NameServer> {
  const { udp, tcp } = await bindBoth(address, port);
  const connections = new Set<Socket>();
  const server: NameServer = {
    ...{ address, port: udp.address().port, asked: [], behave },
    [Symbol.asyncDispose]: async () => {
      udp.close();
      for (const connection of connections) connection.destroy();
      tcp.close();
      await once(tcp, 'close');
    },
  };
  const onQuery = (query: Buffer, from: Pick<Asked, 'via' | 'port' | 'reply' | 'hangUp'>): void => {
    const asked = { ...read(query), ...from };
    server.asked.push(asked);
    const answer = server.behave(asked);
    if (answer !== undefined) asked.reply(answer);
  };
  udp.on('message', (query, { port: from, address: to }) => {
    const reply = (message: Buffer): void => udp.send(message, from, to);
    onQuery(query, { via: 'udp', port: from, reply, hangUp: () => undefined });
  });
  tcp.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection)).on('error', () => undefined);
    connection.on('end', () => connection.end());
    const reply = (message: Buffer): void => void connection.write(withLength(message));
    const { remotePort = 0 } = connection;
    onMessages(connection, (query) => {
      onQuery(query, { via: 'tcp', port: remotePort, reply, hangUp: () => connection.destroy() });
    });
  });
  return server;
}

/** The same port for both: one that the kernel has chosen for one may be taken for the other. */
export async function bindBoth(address: string, port: number): Promise<BothSockets> {
  for (let tries = 0; ; tries++) {
    const tcp = createServer({ allowHalfOpen: true }).listen(port, address);
    await once(tcp, 'listening');
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    udp.bind((tcp.address() as AddressInfo).port, address);
    try {
      await once(udp, 'listening');
      return { udp, tcp };
    } catch (error) {
      tcp.close();
      if (port !== 0 || tries === 10) throw error;
    }
  }
}

function read(query: Buffer): Pick<Asked, 'id' | 'name' | 'type' | 'query'> {
  const { id = 0, questions } = packet.decode(query);
  const [question] = questions ?? [];
  assert.ok(question);
  return { id, name: question.name, type: question.type, query };
}

export function withLength(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(2 + message.length);
  frame.writeUInt16BE(message.length);
  frame.set(message, 2);
  return frame;
}

/** Calls back with each message of a stream. */
export function onMessages(stream: Socket, onMessage: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE()) {
      const end = 2 + rest.readUInt16BE();
      onMessage(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  });
}

/** Never answers. */
export const silent: Behaviour = () => undefined;

export interface AnswerOptions {
  readonly rcode?: number;
  readonly flags?: number;
}

/** An answer to a question with these records. */
export function answerTo(
  { id, query }: Asked,
  answers: packet.Answer[],
  { rcode = 0, flags = 0 }: AnswerOptions = {},
): Buffer {
  const { questions = [] } = packet.decode(query);
  const bits = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | flags | rcode;
  return packet.encode({ type: 'response', id, flags: bits, questions, answers });
}

export function address(name: string, data: string): packet.Answer {
  return { name, type: data.includes(':') ? 'AAAA' : 'A', ttl: 60, data };
}

/** Answers every question for an address with this one, others with no records. */
export function saying(data: string): Behaviour {
  return (asked) => {
    const record = address(asked.name, data);
    return answerTo(asked, record.type === asked.type ? [record] : []);
  };
}

/** Answers with this RCODE. */
export function failing(rcode: number): Behaviour {
  return (asked) => answerTo(asked, [], { rcode });
}
