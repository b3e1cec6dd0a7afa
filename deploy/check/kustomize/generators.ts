import { basename, join } from 'node:path';

import type { Files } from './files.ts';
import type { Generator } from './kustomization.ts';
import type { JsonObject, Manifest } from './manifest.ts';

/**
 * Adds a generated ConfigMap or Secret, or merges its data into the one that is there.
 *
 * @throws Error when it is there and is not to be merged, or the other way round.
 */
export function generate(
  kind: 'ConfigMap' | 'Secret',
  generator: Generator,
  into: { readonly manifests: Manifest[]; readonly generated: Set<Manifest> },
  { folder, files }: { readonly folder: string; readonly files: Files },
): void {
  const data = dataOf(generator, folder, files);
  const known = into.manifests.find(({ kind: other, metadata }) => other === kind && metadata.name === generator.name);
  const merges = generator.behavior === 'merge';
  if (merges !== (known !== undefined)) {
    throw new Error(
      `${folder}: ${kind}/${generator.name} ${merges ? 'is not there to be merged with' : 'is there already'}`,
    );
  }
  const encoded = Object.fromEntries(data.map(([key, value]) => [key, kind === 'Secret' ? base64(value) : value]));
  if (known !== undefined) {
    known['data'] = { ...(known['data'] as JsonObject), ...encoded };
    return;
  }
  const manifest: Manifest = {
    apiVersion: 'v1',
    kind,
    metadata: { name: generator.name },
    data: encoded,
    ...(kind === 'Secret' && { type: 'Opaque' }),
  };
  into.manifests.push(manifest);
  into.generated.add(manifest);
}

function dataOf(generator: Generator, folder: string, files: Files): [string, string][] {
  const { literals = [], files: paths = [], envs = [] } = generator;
  const data = [
    ...literals.map(splitPair),
    ...paths.map((given): [string, string] => {
      const [key, path] = given.includes('=') ? splitPair(given) : [basename(given), given];
      return [key, files.read(join(folder, path))];
    }),
    ...envs.flatMap((path) =>
      files
        .read(join(folder, path))
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#'))
        .map(splitPair),
    ),
  ];
  const twice = data.find(([key], index) => data.findIndex(([other]) => other === key) !== index);
  if (twice !== undefined) throw new Error(`${folder}: ${generator.name} has ${twice[0]} twice`);
  return data;
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new Error(`"${pair}" is not key=value`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

const lineLength = 70;

/** As kustomize writes it, since it is hashed so: in lines, each with an end, where it does not fit into one. */
function base64(text: string): string {
  const encoded = Buffer.from(text).toString('base64');
  return encoded.length < lineLength ? encoded : encoded.replace(new RegExp(`.{1,${lineLength}}`, 'g'), '$&\n');
}
