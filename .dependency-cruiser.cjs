// Who may import whom, type imports included. The drawing is in docs/ARCHITECTURE.md; this is what
// holds it in place. `npm run layers` checks it alone.

// Each layer and the layers it may import. To add an edge, change the architecture first: an
// import that "just needs one helper" from above usually means that the helper lives too high.
const layers = {
  errors: [],
  wire: ['errors'],
  native: ['errors', 'wire'],
  namespaces: ['errors', 'wire', 'native'],
  netlink: ['errors', 'wire', 'native', 'namespaces'],
  sockets: ['errors', 'wire', 'native', 'namespaces'],
  stack: ['errors', 'wire'],
  uplink: ['errors', 'wire', 'native', 'namespaces', 'netlink', 'sockets', 'stack'],
  intercept: ['errors', 'wire', 'native', 'namespaces', 'netlink', 'sockets'],
};
layers.api = Object.keys(layers);
layers.labs = ['api'];

// These stand where any user of the package stands: if they need something, so do users, and it
// belongs in the public API.
const outsiders = ['compat', 'cli'];

const folder = (names) => `^src/(${names.join('|')})/`;

const layerRules = Object.entries(layers).map(([layer, mayImport]) => ({
  name: `layer-${layer}`,
  comment: `${layer} may import ${mayImport.join(', ') || 'no other layer'}. What you need lives too high, or your code too low: move one of them.`,
  severity: 'error',
  from: { path: folder([layer]) },
  to: { path: '^src/', pathNot: folder([layer, ...mayImport]) },
}));

const outsiderRules = outsiders.map((layer) => ({
  name: `layer-${layer}`,
  comment: `${layer} has no private door: it imports src/index.ts, as users do. Export what is missing there.`,
  severity: 'error',
  from: { path: folder([layer]) },
  to: { path: '^src/', pathNot: [folder([layer]), '^src/index\\.ts$'] },
}));

const shapeRules = [
  {
    name: 'public-api',
    comment: 'src/index.ts says what users get, and takes it from api alone. Add it to src/api.',
    severity: 'error',
    from: { path: '^src/index\\.ts$' },
    to: { path: '^src/', pathNot: '^src/api/' },
  },
  {
    name: 'front-door',
    comment:
      'Another layer is entered through its index.ts. Export the thing there if it is meant for others; if it is not, you have found out why not to use it.',
    severity: 'error',
    from: { path: '^src/(?:([^/]+)/|index\\.ts$)' },
    to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
  },
  {
    name: 'sans-io',
    comment:
      'wire and stack are pure: no Node core module, no package. Take what you need as an argument (now, random, a callback); the layers above do the talking.',
    severity: 'error',
    from: { path: folder(['wire', 'stack']) },
    to: { pathNot: '^src/' },
  },
  {
    name: 'no-cycles',
    comment: 'Two files that need each other are one idea, or hide a third: take that one out.',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'no-tests',
    comment: 'Shipped code must work without the tests. Move the helper into src.',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(test|bench|examples)/' },
  },
  {
    name: 'known-layers',
    comment: 'This file belongs to no layer. Give it a place in docs/ARCHITECTURE.md and above.',
    severity: 'error',
    from: {
      path: '^src/',
      pathNot: [folder([...Object.keys(layers), ...outsiders]), '^src/index\\.ts$'],
    },
    to: {},
  },
];

module.exports = {
  forbidden: [...layerRules, ...outsiderRules, ...shapeRules],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Type imports draw the architecture as much as the others do.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
