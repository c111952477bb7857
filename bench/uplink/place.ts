/** Where clients run: a name, held namespaces, or where we are. */
import { text } from 'node:stream/consumers';
import type { Namespaces } from '../../src/namespaces/index.js';

export type Place = Pick<Namespaces, 'spawnAsync'>;

/** What a program inside prints. */
export async function outputIn(place: Place, argv: readonly string[]): Promise<string> {
  const child = await place.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = child.stdout === null ? '' : await text(child.stdout);
  const { exitCode } = await child.exit;
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${said}`);
  return said.trim();
}
