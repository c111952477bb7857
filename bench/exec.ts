/** `nskit exec NAME true` as a process: the launcher and its stored program, without Node. */
import { isRealRoot, namespaces } from '../src/index.js';
import { nskitPath } from '../test/support/nskit.js';
import {
  atMost,
  interleaved,
  medianOf,
  timesFaster,
  type Contender,
  type Group,
  type Settings,
} from './measure.js';
import { processContender } from './process-timer.js';
import { wrapperOf, type Scene } from './scene.js';

const NAME = 'bench-exec';
const PROGRAM = '/usr/bin/true';
const ours = 'nskit exec NAME true';
const alone = 'true alone';

export async function measureExec(scene: Scene, { iterations }: Settings): Promise<Group> {
  const root = isRealRoot();
  await using name = root
    ? await namespaces.addForOwner(NAME, { uid: 0, gid: 0 })
    : await namespaces.add(NAME);
  const { path, userPath = '' } = name.details();
  const enter = ['--preserve-credentials', `--user=${userPath}`, `--net=${path}`];
  const contenders: Contender[] = [
    processContender(alone, [PROGRAM]),
    processContender(ours, [nskitPath, 'exec', NAME, PROGRAM]),
    processContender('the same through command.sh', [wrapperOf(scene), 'exec', NAME, PROGRAM]),
    root
      ? processContender('ip netns exec NAME true', ['ip', 'netns', 'exec', NAME, PROGRAM])
      : processContender('nsenter -U -n true', ['nsenter', ...enter, PROGRAM]),
    ...(root ? [] : [sameWork(enter)]),
  ];
  const figures = await interleaved(contenders, iterations);
  const of = (which: string): number => medianOf(figures, which);
  const over = of(ours) - of(alone);
  const peers = root
    ? [timesFaster('nskit exec against ip netns exec', [of('ip netns exec NAME true'), of(ours)])]
    : [
        timesFaster('nskit exec against nsenter -U -n', [of('nsenter -U -n true'), of(ours)], 2),
        timesFaster('nskit exec against nsenter doing the same', [of(SAME), of(ours)], 2),
      ];
  return {
    title: root
      ? 'A program in a name made by root, as processes'
      : 'A program in a name, as processes',
    figures: [...figures.values()],
    ratios: [...peers, atMost('nskit exec, beyond true alone', over, 0.2, 'ms')],
  };
}

const SAME = 'nsenter -U -n unshare -m, mount sysfs, true';

/** nsenter alone leaves /sys as it is: the host's devices. This is what a right view takes. */
function sameWork(enter: readonly string[]): Contender {
  const script = 'mount -t sysfs sysfs /sys && exec "$0"';
  const inner = ['unshare', '-m', 'sh', '-c', script, PROGRAM];
  return processContender(SAME, ['nsenter', ...enter, ...inner]);
}
