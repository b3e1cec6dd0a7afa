import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Finding } from '../findings.ts';

/** A workspace whose code is in the image. */
interface Shipped {
  /** The root of the repository. */
  readonly context: string;
  readonly isIgnored: (path: string) => boolean;
  readonly workspace: string;
}

/** Runs in browsers, which get their packages from the BFF. */
const browserCode = 'bff/web/';
/** Of `import … from 'x'`, `import 'x'` and `import('x')`, each without its types. */
const imports =
  /(?:^|\n)\s*(?:import|export)\s(?!type\s)[^'";]*?from\s+'([^'.][^']*)'|import\(\s*'([^'.][^']*)'\s*\)|(?:^|\n)import\s+'([^'.][^']*)'/g;

/**
 * What the code of a workspace imports without depending on it. Where it is developed everything is installed, and it works;
 * in the image it would not be there, and a file that is loaded late fails late.
 */
export async function checkImports({ context, isIgnored, workspace }: Shipped): Promise<Finding[]> {
  const manifest = JSON.parse(await readFile(join(context, workspace, 'package.json'), 'utf8')) as {
    name: string;
    dependencies?: Record<string, string>;
  };
  const known = new Set([manifest.name, ...Object.keys(manifest.dependencies ?? {})]);
  const names = await readdir(join(context, workspace), { recursive: true });
  const files = names
    .map((name) => `${workspace}/${name}`)
    .filter((path) => /(?<!\.d)\.[jt]s$/.test(path) && !isIgnored(path) && !path.startsWith(browserCode));
  const found = await Promise.all(
    files.map(async (path) => {
      const foreign = importsOf(await readFile(join(context, path), 'utf8')).filter((name) => !known.has(name));
      return foreign.map((name) => ({
        where: path,
        what: `imports ${name}, on which ${manifest.name} does not depend`,
      }));
    }),
  );
  return found.flat();
}

/** The packages that a module imports. */
export function importsOf(source: string): string[] {
  const specifiers = [...source.matchAll(imports)].map(([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? '');
  const packages = specifiers
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set(packages)];
}
