/** A runtime directory of the benchmark's own, so that no name of the user is touched or counted. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRealRoot, packageFolder } from '../src/index.js';
import { launcherPath } from '../src/native/index.js';
import { nskitPath } from '../test/support/nskit.js';
import { processContender } from './process-timer.js';

export interface Scene extends Disposable {
  /** A folder that goes with the scene. */
  readonly folder: string;
  /** A second, empty runtime directory. */
  readonly otherRuntime: string;
}

/** To be made before the library first looks for its state directory. */
export function makeScene(): Scene {
  const folder = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'nskit-bench-'));
  const [runtime, otherRuntime] = ['a', 'b'].map((name) => {
    const path = join(folder, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }) as [string, string];
  if (!isRealRoot()) process.env['XDG_RUNTIME_DIR'] = runtime;
  return {
    folder,
    otherRuntime,
    // The pause processes end when their state directories go.
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** bin/nskit as a package has it where install scripts are switched off: a shell script. */
export function wrapperOf(scene: Scene): string {
  const script = join(scene.folder, 'nskit');
  copyFileSync(join(packageFolder(), 'scripts/command.sh'), script);
  chmodSync(script, 0o755);
  copyFileSync(launcherPath(), join(scene.folder, `launcher-linux-${process.arch}`));
  return script;
}

/** Runs `nskit ARGS` to its end, and throws if it fails. */
export function nskitOnce(args: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  const took = processContender(`nskit ${args.join(' ')}`, [nskitPath, ...args], { env }).run();
  return took as number;
}
