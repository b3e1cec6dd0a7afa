import type { Container, Probe } from 'kubernetes-types/core/v1.js';

import { programOf } from '../programs.ts';
import { containersOf, type Policy } from '../system.ts';

/**
 * What serves has three probes. Liveness asks the process alone: the gRPC health of a service, `/readyz` and whatever else
 * depends on a database would have all pods killed for a database that is away.
 */
export const probes: Policy = (system) =>
  containersOf(system)
    .filter(({ workload }) => workload.kind !== 'Job')
    .flatMap(({ where, container }) => faultsOf(container).map((what) => ({ where, what })));

function faultsOf(container: Container): string[] {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const missing = Object.entries({ startupProbe, readinessProbe, livenessProbe })
    .filter(([, probe]) => probe === undefined)
    .map(([name]) => `${name} is missing`);
  const all = [startupProbe, readinessProbe, livenessProbe].filter((probe) => probe !== undefined);
  return [...missing, ...all.flatMap((probe) => faultsOfPort(probe, container)), ...livenessFaults(container)];
}

function faultsOfPort(probe: Probe, { ports = [] }: Container): string[] {
  const port = probe.httpGet?.port ?? probe.grpc?.port ?? probe.tcpSocket?.port;
  const known = port === undefined || ports.some(({ name, containerPort }) => port === name || port === containerPort);
  return known ? [] : [`a probe asks port ${port}, which is not one of its ports`];
}

function livenessFaults(container: Container): string[] {
  const { livenessProbe: probe } = container;
  if (probe === undefined) return [];
  if (programOf(container) === undefined)
    return probe.tcpSocket === undefined ? ['livenessProbe may depend on others'] : [];
  const { httpGet } = probe;
  return httpGet?.path === '/livez' && httpGet.port === 'operations'
    ? []
    : ['livenessProbe is not /livez of the port for operators, and so may depend on the database'];
}
