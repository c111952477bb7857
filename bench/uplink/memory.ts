/** What carriers take of memory, with nothing to do and with connections that do nothing. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { figure, type Figure, type Group, type Settings } from '../measure.js';
import { memoryBytes, startCarriers, type Carrier } from './carriers.js';
import { client, startClientServer } from './rates.js';

/** pasta and slirp4netns take their file descriptors as they find them: 1024 here and there. */
const FLOWS = 400;

export async function measureMemory(_settings: Settings): Promise<Group[]> {
  await using server = await startClientServer();
  const carriers = await startCarriers(65_520);
  const figures: Figure[] = [];
  try {
    for (const carrier of carriers) {
      const { name, pid } = carrier;
      if (pid === undefined) continue;
      const idle = memoryBytes(pid);
      const held = await withFlows(carrier, server.hold, () => memoryBytes(pid));
      figures.push(figure(`${name}, idle`, [idle / 1e6], 'MB'));
      figures.push(figure(`${name}, each of ${FLOWS} flows`, [(held - idle) / 1e3 / FLOWS], 'kB'));
    }
  } finally {
    for (const carrier of carriers) await carrier[Symbol.asyncDispose]();
  }
  return [{ title: 'Memory, resident', figures, ratios: [] }];
}

async function withFlows(
  { place, gateway }: Carrier,
  port: string,
  look: () => number,
): Promise<number> {
  const argv = client('hold', gateway, port, FLOWS);
  const holder = await place.spawnAsync(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  if (holder.stdout === null) throw new Error('no output');
  await once(createInterface(holder.stdout), 'line');
  const found = look();
  holder.stdin?.end();
  await holder.exit;
  return found;
}
