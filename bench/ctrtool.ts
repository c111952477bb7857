/**
 * What `ctrtool ns_open_file` adds to the start of a program. The original is in no Debian package,
 * so the peer is nsenter, which joins the same namespaces; it opens no socket, and its program stays
 * inside.
 */
import { dirname, join } from 'node:path';
import { namespaces } from '../src/index.js';
import { nskitPath } from '../test/support/nskit.js';
import { atMost, interleaved, medianOf, type Group, type Settings } from './measure.js';
import { processContender } from './process-timer.js';

const kinds = ['user', 'net'] as const;
const ours = 'ctrtool ns_open_file, a listener';
const listen = 'nskit listen, the same';

export async function measureOpenFile({ iterations }: Settings): Promise<Group> {
  await using held = await namespaces.create({ kinds });
  await using name = await namespaces.add('bench-open-file');
  const [user = '', network = ''] = kinds.map(
    (kind) => `/proc/${process.pid}/fd/${held.get(kind).fd}`,
  );
  const open = ['ns_open_file', '-nN', network, '-U', '-6', '::1,80,a', '-l', '4096', 'true'];
  const enter = ['--preserve-credentials', `--user=${user}`, `--net=${network}`, 'true'];
  const figures = await interleaved(
    [
      processContender('node -e 0', [process.execPath, '-e', '0']),
      processContender('nsenter -U -n true, no socket', ['nsenter', ...enter]),
      processContender(listen, [
        nskitPath,
        ...['listen', name.name, 'tcp://[::1]:80?backlog=4096', '--', 'true'],
      ]),
      processContender(ours, [join(dirname(nskitPath), 'ctrtool'), ...open]),
    ],
    Math.ceil(iterations / 5),
  );
  const node = medianOf(figures, 'node -e 0');
  return {
    title: 'A socket opened inside for a program outside, as processes',
    figures: [...figures.values()],
    ratios: [atMost(`${ours}, against node -e 0`, medianOf(figures, ours) / node, 2, '×')],
  };
}
