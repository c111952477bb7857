/** Commands that take Node: what they add to the start of Node itself. */
import { namespaces } from '../src/index.js';
import { nskitPath } from '../test/support/nskit.js';
import { atMost, interleaved, medianOf, type Group, type Settings } from './measure.js';
import { processContender } from './process-timer.js';

export async function measureCommands({ iterations }: Settings): Promise<Group> {
  await using name = await namespaces.add('bench-commands');
  const figures = await interleaved(
    [
      processContender('node -e 0', [process.execPath, '-e', '0']),
      processContender('nskit list', [nskitPath, 'list']),
      processContender('nskit identify', [nskitPath, 'identify', String(process.pid)]),
      processContender(`nskit path NAME`, [nskitPath, 'path', name.name]),
    ],
    Math.ceil(iterations / 5),
  );
  const node = medianOf(figures, 'node -e 0');
  const against = (which: string) =>
    atMost(`${which} against node -e 0`, medianOf(figures, which) / node, 1.5, '×');
  return {
    title: 'Commands that start Node',
    figures: [...figures.values()],
    ratios: ['nskit list', 'nskit identify', 'nskit path NAME'].map(against),
  };
}
