import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@boxoffice/runtime/testing/tests';

import { demoSecrets } from '../../kubernetes/overlays/demo/secrets.ts';
import { manifestsFolder } from '../kubernetes/overlays.ts';
import { buildKustomization } from '../kustomize/build.ts';
import { filesOnDisk, type Files } from '../kustomize/files.ts';
import { nameOf, parseManifests, type Manifest } from '../kustomize/manifest.ts';

const hasKubectl = runs('kubectl', 'version', '--client');

function runs(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function byName(manifests: readonly Manifest[]): [string, Manifest][] {
  return manifests
    .map((manifest): [string, Manifest] => [nameOf(manifest), manifest])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

(hasKubectl ? test : test.skip)('our build is that of kubectl, to the hashes in names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kustomize-test-'));
  try {
    cpSync(manifestsFolder, folder, { recursive: true });
    const secrets = join(folder, 'overlays/demo/secrets');
    mkdirSync(secrets, { recursive: true });
    for (const [name, text] of Object.entries(demoSecrets())) writeFileSync(join(secrets, name), text);
    for (const overlay of ['demo', 'production']) {
      const path = join(folder, 'overlays', overlay);
      const theirs = parseManifests(execFileSync('kubectl', ['kustomize', path], { encoding: 'utf8' }), overlay);
      expect(byName(buildKustomization(path, filesOnDisk()))).toEqual(byName(theirs));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const head = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
const pod = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: one
spec:
  template:
    spec:
      containers:
        - name: a
          image: here:5000/image:1
          env: [{ name: A, value: "1" }, { name: B, value: "2" }]
          envFrom: [{ configMapRef: { name: config } }]
`;

/** Builds files that are nowhere but here, all in one folder. */
function build(texts: Readonly<Record<string, string>>): Manifest[] {
  const read = (path: string): string => {
    const text = texts[path.replace('/at/', '')];
    if (text === undefined) throw new Error(`there is no ${path}`);
    return text;
  };
  const files: Files = { read, isFolder: () => false };
  return buildKustomization('/at', files);
}

test('a patch merges lists by their keys, removes by null, and keeps the name', () => {
  const [deployment] = build({
    'kustomization.yaml': `${head}resources: [one.yaml]\npatches: [{ path: patch.yaml, target: { kind: Deployment } }]`,
    'one.yaml': pod,
    'patch.yaml': `
metadata: { name: every }
spec: { template: { spec: { containers: [{ name: a, env: [{ name: B, value: "3" }, { name: C, value: "4" }], envFrom: null }] } } }`,
  });
  expect(deployment).toMatchObject({ metadata: { name: 'one' } });
  expect(deployment?.['spec']).toEqual({
    template: {
      spec: {
        containers: [
          {
            name: 'a',
            image: 'here:5000/image:1',
            env: [
              { name: 'C', value: '4' },
              { name: 'A', value: '1' },
              { name: 'B', value: '3' },
            ],
          },
        ],
      },
    },
  });
});

test('what is generated is named by its content, and pods are told', () => {
  const nameWith = (literal: string) => {
    const [deployment, configMap] = build({
      'kustomization.yaml': `${head}resources: [one.yaml]\nconfigMapGenerator: [{ name: config, literals: ["${literal}"] }]`,
      'one.yaml': pod,
    });
    const name = configMap?.metadata.name ?? '';
    expect(JSON.stringify(deployment)).toContain(`"configMapRef":{"name":"${name}"}`);
    return name;
  };
  expect(nameWith('A=<1>')).toMatch(/^config-[a-z0-9]{10}$/);
  expect(nameWith('A=<1>')).not.toBe(nameWith('A=<2>'));
});

test('a port in the name of a registry is no tag', () => {
  const [deployment] = build({
    'kustomization.yaml': `${head}resources: [one.yaml]\nimages: [{ name: "here:5000/image", newTag: "2" }]`,
    'one.yaml': pod,
  });
  expect(JSON.stringify(deployment)).toContain('"image":"here:5000/image:2"');
});

test.each([
  {
    what: 'a field that is not known here',
    add: 'namePrefix: x-',
    fault: 'must NOT have additional properties (namePrefix)',
  },
  { what: 'a field of a generator', add: 'configMapGenerator: [{ name: a, immutable: true }]', fault: '(immutable)' },
  {
    what: 'a patch for nobody',
    add: 'patches: [{ path: patch.yaml, target: { kind: Job } }]',
    fault: 'nothing to patch',
  },
  {
    what: 'a patch with a directive',
    add: 'patches: [{ path: delete.yaml }]',
    fault: 'a patch with $patch is not known here',
  },
  {
    what: 'an operation that leads nowhere',
    add: 'patches: [{ path: nowhere.yaml, target: {} }]',
    fault: 'leads nowhere',
  },
  {
    what: 'merging with what is not there',
    add: 'configMapGenerator: [{ name: a, behavior: merge }]',
    fault: 'is not there',
  },
  { what: 'replicas of nobody', add: 'replicas: [{ name: two, count: 2 }]', fault: 'there is no two' },
  { what: 'the same thing twice', add: 'components: [again]', fault: 'is there already' },
])('refused: $what', ({ add, fault }) => {
  const texts = {
    'kustomization.yaml': `${head}resources: [one.yaml]\n${add}`,
    'again/kustomization.yaml': `${head.replace('Kustomization', 'Component')}resources: [../one.yaml]`,
    'one.yaml': pod,
    'patch.yaml': '{}',
    'delete.yaml': 'kind: Deployment\nmetadata: { name: one }\n$patch: delete',
    'nowhere.yaml': '[{ op: replace, path: /spec/nothing/at, value: 1 }]',
  };
  expect(() => build(texts)).toThrow(fault);
});

test('a field that is there twice is no YAML', () => {
  expect(() => parseManifests('kind: A\nkind: B', 'a.yaml')).toThrow('a.yaml: Map keys must be unique');
});
