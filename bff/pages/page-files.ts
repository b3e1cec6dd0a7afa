import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fromJavaScript, fromTypeScript, vendorFiles, type BrowserModule } from './browser-module.ts';
import { ServedFile } from '../served-file.ts';

/** The pages by the address they are at, and the HTML file of each in `bff/web`. */
const pageSources: ReadonlyMap<string, string> = new Map([
  ['/', 'buyer/index.html'],
  ['/operator', 'operator/index.html'],
]);

/** The addresses of all pages. */
export const pageAddresses: readonly string[] = [...pageSources.keys()];

/** Everything that browsers load, ready to be sent. */
export interface PageFiles {
  /** By address. */
  readonly pages: ReadonlyMap<string, ServedFile>;
  /** By address, `/assets/<hash of all of them>/…`. */
  readonly assets: ReadonlyMap<string, ServedFile>;
  /** By address, the same in every version: what looks after a page whose files are of another version than the server. */
  readonly unversioned: ReadonlyMap<string, ServedFile>;
}

const mendPath = 'mend.js';
/** Where what browsers load is written. */
export const webFolder = join(import.meta.dirname, '..', 'web');
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

let loaded: Promise<PageFiles> | undefined;

/**
 * Everything that browsers load. Made once a process: the types go, imports are pointed at files that are served, and all
 * of it gets an address that changes when anything in it does.
 *
 * @throws Error when a module imports what is not served.
 */
export function pageFiles(): Promise<PageFiles> {
  return (loaded ??= loadPageFiles(webFolder));
}

/** The same of another folder: for tests. */
export async function loadPageFiles(folder: string): Promise<PageFiles> {
  const modules = new Map<string, BrowserModule>();
  const texts = new Map<string, string>();
  const html = new Map<string, string>();
  for (const path of (await readdir(folder, { recursive: true })).toSorted()) {
    const extension = path.split('.').at(-1) ?? '';
    if (path.includes('node_modules') || !['ts', 'css', 'svg', 'html'].includes(extension)) continue;
    const source = await readFile(join(folder, path), 'utf8');
    if (extension === 'ts') {
      const served = path.replace(/\.ts$/, '.js');
      modules.set(served, fromTypeScript(served, source));
    } else {
      (extension === 'html' ? html : texts).set(path, source);
    }
  }
  for (const [name, file] of Object.entries(vendorFiles)) {
    modules.set(file, fromJavaScript(file, await readFile(vendorPath(name), 'utf8')));
  }
  for (const [path, { code }] of modules) {
    texts.set(path, code);
  }
  const mend = new ServedFile(typeOf(mendPath), texts.get(mendPath) ?? '');
  texts.delete(mendPath);
  const root = `/assets/${hashOf(texts)}/`;
  const page = (source: string): ServedFile =>
    new ServedFile('text/html; charset=utf-8', linked(html.get(source), root, modules));
  return {
    pages: new Map([...pageSources].map(([address, source]) => [address, page(source)])),
    assets: new Map([...texts].map(([path, text]) => [`${root}${path}`, new ServedFile(typeOf(path), text)])),
    unversioned: new Map([[`/assets/${mendPath}`, mend]]),
  };
}

function vendorPath(name: string): string {
  const require = createRequire(import.meta.url);
  // Of what a package offers, the file for modules: `require` alone would find another one.
  switch (name) {
    case 'htm':
      return require.resolve('htm').replace(/htm\.js$/, 'htm.mjs');
    default:
      return require.resolve(name);
  }
}

/** A page with the addresses of its assets, and all modules that its script needs announced, not found one by one. */
function linked(html: string | undefined, root: string, modules: ReadonlyMap<string, BrowserModule>): string {
  if (html === undefined) {
    throw new Error('a page has no HTML');
  }
  const entry = /<script type="module" src="\/assets\/([^"]+)">/.exec(html)?.[1];
  const needed = entry === undefined ? [] : closure(entry, modules);
  const preloads = needed.map((file) => `<link rel="modulepreload" href="/assets/${file}" />`).join('\n    ');
  return html
    .replace('</head>', `  ${preloads}\n  </head>`)
    .replaceAll('"/assets/', `"${root}`)
    .replaceAll(`"${root}${mendPath}"`, `"/assets/${mendPath}"`);
}

function closure(entry: string, modules: ReadonlyMap<string, BrowserModule>): string[] {
  const found = new Set([entry]);
  for (const path of found) {
    const module = modules.get(path);
    if (module === undefined) {
      throw new Error(`${path} is imported and does not exist`);
    }
    module.imports.forEach((file) => found.add(file));
  }
  return [...found];
}

function hashOf(texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [path, text] of texts) {
    hash.update(`${path}\0${text}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

function typeOf(path: string): string {
  const type = types[path.split('.').at(-1) ?? ''];
  if (type === undefined) {
    throw new Error(`${path}: no type is known for it`);
  }
  return type;
}
