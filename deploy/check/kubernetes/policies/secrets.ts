import { containersOf, whereOf, type Policy } from '../system.ts';

/** Names of variables whose values nobody is to read in a manifest. */
const secretName = /(?:_URL|KEY|PASSWORD|TOKEN|HEADERS)$/;
/** Those that only look so. */
const open = new Set(['OIDC_JWKS_URL', 'SIGN_IN_URL']);

/** What is secret comes from a Secret, and Secrets are not in manifests; the demo makes its own on the machine that applies it. */
export const secrets: Policy = (system) => [
  ...(system.isDemo ? [] : system.manifests.filter(({ kind }) => kind === 'Secret')).map((manifest) => ({
    where: whereOf(system, manifest),
    what: 'a Secret with its values is no manifest',
  })),
  ...containersOf(system).flatMap(({ where, container: { env = [] } }) =>
    env
      .filter(({ name, value }) => value !== undefined && secretName.test(name) && !open.has(name))
      .map(({ name }) => ({ where: `${where} env ${name}`, what: 'is written down instead of taken from a Secret' })),
  ),
  ...system.manifests
    .filter(({ kind }) => kind === 'ConfigMap')
    .flatMap((manifest) =>
      Object.keys(manifest['data'] ?? {})
        .filter((name) => secretName.test(name) && !open.has(name))
        .map((name) => ({ where: `${whereOf(system, manifest)} ${name}`, what: 'belongs into a Secret' })),
    ),
];
