import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { PositionService, QueueService } from '@boxoffice/proto/queue';

import type { Finding } from '../findings.ts';
import { isObject, nameOf, objectsAt, parseManifests, type Manifest } from '../kustomize/manifest.ts';
import { documentedSecrets } from './documented-secrets.ts';
import { manifestsFolder } from './overlays.ts';
import type { Placed } from './schema/type-check.ts';
import type { System } from './system.ts';

const folder = join(manifestsFolder, 'examples');
/** Values of a Helm chart, not manifests. */
const adapterFile = 'prometheus-adapter.yaml';

const backendPaths = [
  'spec.rules.*.http.paths.*.backend.service',
  'spec.rules.*.backendRefs.*',
  'spec.targetRefs.*',
] as const;

/** What partners may call; the admin services are not theirs, and not to be reached from outside. */
const partnerServices = new Set(
  [QueueService, PositionService, InventoryService, LedgerService].map((one) => one.typeName),
);

/** All manifests of the examples. */
export function exampleManifests(): Placed[] {
  return readdirSync(folder)
    .filter((file) => file !== adapterFile)
    .flatMap((file) => {
      const where = `kubernetes/examples/${file}`;
      const manifests = parseManifests(readFileSync(join(folder, file), 'utf8'), where);
      return manifests.map((manifest) => ({ where: `${where} ${nameOf(manifest)}`, manifest }));
    });
}

/** What the examples name of the overlay for production is there: Services, their ports, RPCs, Secrets, the external metric. */
export function exampleFindings(examples: readonly Placed[], production: System): Finding[] {
  return [
    ...examples.flatMap(({ where, manifest }) =>
      [...backendFaults(manifest, production), ...rpcFaults(manifest), ...databaseFaults(manifest)].map((what) => ({
        where,
        what,
      })),
    ),
    ...metricFindings(production),
  ];
}

function backendFaults(manifest: Manifest, { manifests }: System): string[] {
  const services = manifests.filter(({ kind }) => kind === 'Service');
  return backendPaths
    .flatMap((path) => objectsAt(manifest, path))
    .flatMap(({ name, port }) => {
      const service = services.find(({ metadata }) => metadata.name === name);
      if (service === undefined) return [`there is no Service ${JSON.stringify(name)}`];
      const wanted = isObject(port) ? (port['name'] ?? port['number']) : port;
      const known = objectsAt(service, 'spec.ports.*').flatMap((one) => [one['name'], one['port']]);
      const isKnown = wanted === undefined || known.includes(wanted);
      return isKnown ? [] : [`Service ${JSON.stringify(name)} has no port ${JSON.stringify(wanted)}`];
    });
}

function rpcFaults(manifest: Manifest): string[] {
  const routed = [
    ...objectsAt(manifest, 'spec.rules.*.matches.*.method').map(({ service }) => service),
    ...objectsAt(manifest, 'spec.rules.*.http.paths.*')
      .map(({ path }) => /^\/(boxoffice\.[\w.]+)\/$/.exec(typeof path === 'string' ? path : '')?.[1])
      .filter((service) => service !== undefined),
  ];
  return routed
    .filter((service) => typeof service !== 'string' || !partnerServices.has(service))
    .map((service) => `${JSON.stringify(service)} is no service for partners`);
}

/** CloudNativePG names the Secret of a database after its cluster. */
function databaseFaults({ apiVersion, kind, metadata }: Manifest): string[] {
  if (apiVersion !== 'postgresql.cnpg.io/v1' || kind !== 'Cluster') return [];
  const secret = `${metadata.name}-app`;
  return documentedSecrets().some(([name]) => name === secret) ? [] : [`its Secret ${secret} is read by nobody`];
}

function metricFindings({ manifests }: System): Finding[] {
  const adapter = readFileSync(join(folder, adapterFile), 'utf8');
  return manifests
    .flatMap((manifest) => objectsAt(manifest, 'spec.metrics.*.external.metric'))
    .filter(({ name }) => !adapter.includes(`__name__="${name as string}"`))
    .map(({ name }) => ({
      where: `kubernetes/examples/${adapterFile}`,
      what: `does not offer the metric ${name as string} that an autoscaler asks for`,
    }));
}
