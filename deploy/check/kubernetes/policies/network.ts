import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';

import type { Finding } from '../../findings.ts';
import { designedArrows, portOf, type Arrow } from '../arrows.ts';
import { selects } from '../selectors.ts';
import { ofKind, workloadsOf, type Policy, type System, type Workload } from '../system.ts';

/** A rule of a NetworkPolicy: who may be spoken with, at which ports. */
interface Rule {
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly ports: readonly NetworkPolicyPort[] | undefined;
}

/** Data that the demo brings itself stands for what production has outside. */
const dataInside: Readonly<Record<string, string>> = { postgresql: 'database', redis: 'redis' };

/**
 * Everything is denied but the arrows of the design, each of which is open at both ends. Every port of a container has somebody
 * who may come to it.
 */
export const network: Policy = (system) => {
  const leaving = arrowsOf(system, 'Egress');
  const arriving = arrowsOf(system, 'Ingress');
  return [
    ...defaultDeny(system),
    ...openRules(system),
    ...oneSided(system, leaving, arriving),
    ...unlikeTheDesign(system, [...leaving, ...arriving]),
    ...closedPorts(system, arriving),
  ];
};

function defaultDeny(system: System): Finding[] {
  const denies = ofKind<NetworkPolicy>(system, 'NetworkPolicy').some(({ value: { spec } }) => {
    const { podSelector, policyTypes = [], ingress = [], egress = [] } = spec ?? {};
    const takesAll = podSelector !== undefined && Object.keys(podSelector).length === 0;
    return takesAll && policyTypes.length === 2 && ingress.length + egress.length === 0;
  });
  return denies
    ? []
    : [{ where: system.name, what: 'has no NetworkPolicy that denies everything to all pods, both ways' }];
}

/** A rule without peers or ports is for all of them. */
function openRules(system: System): Finding[] {
  return ofKind<NetworkPolicy>(system, 'NetworkPolicy').flatMap(({ where, value }) =>
    [...rulesOf(value, 'Ingress'), ...rulesOf(value, 'Egress')]
      .filter(({ peers = [], ports = [] }) => peers.length === 0 || ports.length === 0)
      .map(() => ({ where, what: 'a rule says not who, or not at which port' })),
  );
}

function oneSided(system: System, leaving: readonly Arrow[], arriving: readonly Arrow[]): Finding[] {
  const inside = new Set(workloadsOf(system).map(nameInPicture));
  const within = (arrows: readonly Arrow[]) => arrows.filter(({ from, to }) => inside.has(from) && inside.has(to));
  const finding = (what: string) => (arrow: Arrow) => ({
    where: `${system.name} NetworkPolicy`,
    what: `${say(arrow)} ${what}`,
  });
  return [
    ...without(within(leaving), arriving).map(finding('may leave, and may not arrive')),
    ...without(within(arriving), leaving).map(finding('may arrive, and may not leave')),
  ];
}

function unlikeTheDesign(system: System, open: readonly Arrow[]): Finding[] {
  const designed = designedArrows(system.isDemo);
  const where = `${system.name} NetworkPolicy`;
  return [
    ...unique(without(open, designed)).map((arrow) => ({
      where,
      what: `${say(arrow)} is open, and not in the design`,
    })),
    ...without(designed, open).map((arrow) => ({ where, what: `${say(arrow)} is in the design, and closed` })),
  ];
}

function closedPorts(system: System, arriving: readonly Arrow[]): Finding[] {
  return workloadsOf(system).flatMap((workload) =>
    workload.pod.containers
      .flatMap(({ ports = [] }) => ports)
      .filter(
        ({ containerPort }) =>
          !arriving.some(({ to, port }) => to === nameInPicture(workload) && port === containerPort),
      )
      .map(({ containerPort }) => ({ where: workload.where, what: `nobody may come to port ${containerPort}` })),
  );
}

/** What the policies of one direction open. */
function arrowsOf(system: System, direction: 'Ingress' | 'Egress'): Arrow[] {
  const workloads = workloadsOf(system);
  return ofKind<NetworkPolicy>(system, 'NetworkPolicy').flatMap(({ value }) =>
    workloads
      .filter(({ labels }) => selects(value.spec?.podSelector ?? {}, labels))
      .flatMap((own) =>
        rulesOf(value, direction).flatMap(({ peers = [], ports = [] }) =>
          peers.flatMap((peer) =>
            ports.flatMap(({ port }) => arrowsOfPeer(own, { peer, port: Number(port), workloads, direction })),
          ),
        ),
      ),
  );
}

interface Meeting {
  readonly peer: NetworkPolicyPeer;
  readonly port: number;
  readonly workloads: readonly Workload[];
  readonly direction: 'Ingress' | 'Egress';
}

function arrowsOfPeer(own: Workload, { peer, port, workloads, direction }: Meeting): Arrow[] {
  const isInside = peer.namespaceSelector === undefined && peer.podSelector !== undefined;
  const found = isInside ? workloads.filter(({ labels }) => selects(peer.podSelector ?? {}, labels)) : [];
  const others = found.length > 0 ? found.map(nameInPicture) : [nameOutside(peer, port, direction)];
  return others.map((other) =>
    direction === 'Egress'
      ? { from: nameInPicture(own), to: other, port }
      : { from: other, to: nameInPicture(own), port },
  );
}

function nameInPicture({ component }: Workload): string {
  return dataInside[component] ?? component;
}

/** Who calls is known by the namespace, who is called by the port. */
function nameOutside({ namespaceSelector }: NetworkPolicyPeer, port: number, direction: 'Ingress' | 'Egress'): string {
  if (direction === 'Egress')
    return Object.entries(portOf).find(([, one]) => one === port)?.[0] ?? `port ${port} outside`;
  const { matchLabels = {}, matchExpressions = [] } = namespaceSelector ?? {};
  const names = [...Object.values(matchLabels), ...matchExpressions.flatMap(({ values = [] }) => values)];
  if (names.length === 0) return 'anybody';
  return names.includes('monitoring') ? 'prometheus' : 'ingress';
}

function rulesOf({ spec }: NetworkPolicy, direction: 'Ingress' | 'Egress'): Rule[] {
  return direction === 'Ingress'
    ? (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
    : (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
}

function without(arrows: readonly Arrow[], others: readonly Arrow[]): Arrow[] {
  const known = new Set(others.map(say));
  return arrows.filter((arrow) => !known.has(say(arrow)));
}

function unique(arrows: readonly Arrow[]): Arrow[] {
  return [...new Map(arrows.map((arrow) => [say(arrow), arrow])).values()];
}

function say({ from, to, port }: Arrow): string {
  return `${from} -> ${to}:${port}`;
}
