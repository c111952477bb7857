// `npm pack` runs this before and after; between the two, `prepare` builds. A tarball serves every
// architecture, so in it each command in bin/ is a shell script that picks the launcher; in the
// checkout it is the launcher itself.

import * as fs from 'node:fs';
import path from 'node:path';
import * as native from './native.mjs';

function before() {
  for (const arch of native.architectures) native.compileNative(arch);
  native.placeCommands(path.join(native.root, 'scripts/command.sh'));
  fs.mkdirSync(path.join(native.root, 'dist'), { recursive: true });
  fs.writeFileSync(path.join(native.root, 'dist/licenses.txt'), licenses());
}

// Of the packages in the bundled command. Its own dependencies are few enough to list.
function licenses() {
  const lock = JSON.parse(fs.readFileSync(path.join(native.root, 'package-lock.json'), 'utf8'));
  return ['commander', 'picocolors']
    .map((name) => {
      const folder = path.join(native.root, 'node_modules', name);
      const { version } = lock.packages[`node_modules/${name}`];
      return `${name} ${version}\n\n${fs.readFileSync(path.join(folder, 'LICENSE'), 'utf8')}`;
    })
    .join('\n\n');
}

native.orExplain(process.argv[2] === 'after' ? native.placeLauncher : before);
