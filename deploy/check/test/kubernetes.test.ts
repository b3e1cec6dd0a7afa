import { expect, test } from '@boxoffice/runtime/testing/tests';

import { checkManifests, checkPolicies, checkSystem, kubernetesChecks } from '../kubernetes/checks.ts';
import { exampleFindings, exampleManifests } from '../kubernetes/examples.ts';
import { buildOverlay } from '../kubernetes/overlays.ts';
import type { Placed } from '../kubernetes/schema/type-check.ts';
import type { System } from '../kubernetes/system.ts';
import { nameOf, objectsAt, type Json, type JsonObject, type Manifest } from '../kustomize/manifest.ts';

const built = { demo: buildOverlay('demo'), production: buildOverlay('production') };

/** Sets a field of a manifest; `undefined` removes it. Steps are names of fields or places in lists. */
interface Change {
  readonly of: string;
  readonly at: string;
  readonly to: Json | undefined;
}

const container = 'spec.template.spec.containers.0';
const queue = 'Deployment/boxoffice-queue';

function find(system: System, name: string): Manifest {
  // Generated names end in a hash.
  const found = system.manifests.find(
    (one) => nameOf(one).replace(/-[a-z0-9]{10}$/, '') === name || nameOf(one) === name,
  );
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function changed(system: System, { of, at, to }: Change): System {
  const manifests = structuredClone(system.manifests);
  const steps = at.split('.').map((step) => step.replaceAll('~', '.'));
  const last = steps.pop() ?? '';
  let parent = find({ ...system, manifests }, of) as Json;
  for (const step of steps) parent = (parent as JsonObject)[step] ?? null;
  if (to === undefined) delete (parent as JsonObject)[last];
  else (parent as JsonObject)[last] = to;
  return { ...system, manifests };
}

test('the manifests are right, as every overlay builds them and in the examples', async () => {
  for (const check of kubernetesChecks) expect(await check.run()).toEqual([]);
});

test('a field that is unknown, missing or of another type is found where it is', () => {
  const cases: readonly (Change & { readonly finding: string })[] = [
    {
      of: queue,
      at: `${container}.imag`,
      to: 'x',
      finding: 'spec.template.spec.containers[0].imag: Container has no field imag',
    },
    { of: queue, at: `${container}.name`, to: undefined, finding: 'spec.template.spec.containers[0]: name is missing' },
    { of: queue, at: 'spec.revisionHistoryLimit', to: '5', finding: 'spec.revisionHistoryLimit: string is not number' },
    { of: queue, at: 'spec', to: undefined, finding: ': spec is missing' },
    { of: queue, at: 'kind', to: 'Deplyment', finding: ': there is no type of apps/v1 Deplyment to check it against' },
    { of: 'Certificate/boxoffice-queue', at: 'spec.durations', to: '1h', finding: 'has no field durations' },
    {
      of: 'NetworkPolicy/queue',
      at: 'spec.policyTypes',
      to: ['Ingres'],
      finding: 'spec.policyTypes: "Ingres" is not Ingress or Egress',
    },
  ];
  const placed = cases.map(({ of, ...change }, index): Placed => {
    const { manifests } = changed(built.production, { of, ...change });
    const at = built.production.manifests.indexOf(find(built.production, of));
    const manifest = manifests[at];
    if (manifest === undefined) throw new Error(`there is no ${of}`);
    return { where: `case ${index}`, manifest };
  });
  const findings = checkManifests(placed);
  const said = (index: number) =>
    findings.filter(({ where }) => where.startsWith(`case ${index}`)).map(({ where, what }) => `${where}: ${what}`);
  expect(cases.map(({ finding }, index) => ({ finding, found: said(index) }))).toEqual(
    cases.map(({ finding }) => ({ finding, found: [expect.stringContaining(finding)] })),
  );
});

type Broken = Change & { readonly in?: 'demo' | 'production'; readonly finding: string };

const broken: readonly Broken[] = [
  // Pods
  {
    of: queue,
    at: `${container}.securityContext.readOnlyRootFilesystem`,
    to: false,
    finding: 'readOnlyRootFilesystem is not true',
  },
  { of: queue, at: `${container}.securityContext.capabilities`, to: {}, finding: 'does not drop ALL capabilities' },
  {
    of: queue,
    at: 'spec.template.spec.securityContext.runAsNonRoot',
    to: undefined,
    finding: 'runAsNonRoot is not true',
  },
  {
    of: queue,
    at: 'spec.template.spec.securityContext.seccompProfile',
    to: undefined,
    finding: 'seccompProfile is not RuntimeDefault',
  },
  {
    in: 'demo',
    of: 'StatefulSet/boxoffice-redis',
    at: 'spec.template.spec.hostNetwork',
    to: true,
    finding: 'shares with its node',
  },
  { of: 'Namespace/boxoffice', at: 'metadata.labels', to: {}, finding: 'enforce is not restricted' },
  {
    of: queue,
    at: 'spec.template.spec.automountServiceAccountToken',
    to: true,
    finding: 'automountServiceAccountToken is not false',
  },
  {
    of: 'ServiceAccount/boxoffice-bff',
    at: 'automountServiceAccountToken',
    to: undefined,
    finding: 'automountServiceAccountToken is not false',
  },
  {
    of: queue,
    at: 'spec.template.spec.serviceAccountName',
    to: 'default',
    finding: 'there is no ServiceAccount default',
  },
  { of: queue, at: `${container}.resources.limits`, to: {}, finding: 'limits.memory is missing' },
  { of: queue, at: `${container}.resources.requests.cpu`, to: '1 core', finding: 'requests.cpu 1 core is no quantity' },
  { of: queue, at: `${container}.resources.limits.cpu`, to: '1', finding: 'limits.cpu stops a busy program' },
  { of: queue, at: `${container}.image`, to: 'registry.example.com:5000/boxoffice', finding: 'it needs a tag' },
  {
    of: queue,
    at: `${container}.image`,
    to: 'boxoffice:latest',
    finding: 'image boxoffice:latest may be another one tomorrow',
  },
  {
    of: queue,
    at: 'spec.template.spec.imagePullSecrets',
    to: [{ name: 'x' }],
    finding: 'imagePullSecrets are for an overlay',
  },
  // Probes and ports
  { of: queue, at: `${container}.startupProbe`, to: undefined, finding: 'startupProbe is missing' },
  {
    in: 'demo',
    of: queue,
    at: `${container}.livenessProbe`,
    to: { grpc: { port: 50_051 } },
    finding: 'may depend on the database',
  },
  { of: queue, at: `${container}.livenessProbe.httpGet.path`, to: '/readyz', finding: 'may depend on the database' },
  { of: queue, at: `${container}.readinessProbe.httpGet.port`, to: 9999, finding: 'a probe asks port 9999' },
  { of: queue, at: `${container}.ports.0.containerPort`, to: 50_052, finding: 'declares 50052, where nobody listens' },
  { of: queue, at: `${container}.args`, to: ['bff'], finding: 'is the program bff in a pod of the component queue' },
  // Availability
  {
    of: 'PodDisruptionBudget/boxoffice-queue',
    at: 'spec.selector.matchLabels',
    to: { no: 'body' },
    finding: 'has 0 PodDisruptionBudgets',
  },
  {
    of: queue,
    at: 'spec.template.spec.topologySpreadConstraints',
    to: [],
    finding: 'is not spread over kubernetes.io/hostname',
  },
  { of: queue, at: 'spec.strategy.rollingUpdate.maxUnavailable', to: 1, finding: 'maxUnavailable is not 0' },
  { of: queue, at: 'spec.replicas', to: 3, finding: 'replicas and an autoscaler undo each other' },
  { in: 'demo', of: queue, at: 'spec.replicas', to: 1, finding: 'has one replica' },
  {
    of: queue,
    at: 'spec.template.spec.terminationGracePeriodSeconds',
    to: 20,
    finding: 'SHUTDOWN_TIMEOUT_MS 25000 is not between',
  },
  // What is named
  {
    of: queue,
    at: `${container}.envFrom.1.configMapRef.name`,
    to: 'boxoffice-queue',
    finding: 'there is no ConfigMap boxoffice-queue',
  },
  {
    of: queue,
    at: `${container}.env.0.valueFrom.secretKeyRef.key`,
    to: 'url',
    finding: 'Secret boxoffice-queue-db-app has no key url',
  },
  {
    of: queue,
    at: `${container}.env.0.valueFrom.secretKeyRef.name`,
    to: 'other',
    finding: 'Secret other is neither made nor in',
  },
  {
    of: 'ConfigMap/boxoffice-queue',
    at: 'data.KEYRING_FILE',
    to: '/keys.json',
    finding: 'KEYRING_FILE names /keys.json, which is not mounted',
  },
  {
    of: 'Service/boxoffice-queue',
    at: 'spec.ports.0.targetPort',
    to: 'http',
    finding: 'there is no port http behind it',
  },
  {
    of: 'Service/boxoffice-queue',
    at: 'spec.selector',
    to: { no: 'body' },
    finding: 'selects the pods of 0 workloads',
  },
  {
    of: 'HorizontalPodAutoscaler/boxoffice-bff',
    at: 'spec.scaleTargetRef.name',
    to: 'web',
    finding: 'there is no Deployment web',
  },
  // Variables
  {
    of: 'ConfigMap/boxoffice-queue',
    at: 'data.TICK_INTERVAL_MS',
    to: '100',
    finding: 'queue has no variable TICK_INTERVAL_MS',
  },
  {
    of: queue,
    at: `${container}.env.0.name`,
    to: 'QUEUE_DB',
    finding: 'QUEUE_DATABASE_URL (or DATABASE_URL) is not set',
  },
  {
    of: 'ConfigMap/boxoffice-bff',
    at: 'data.OIDC_ISSUER',
    to: undefined,
    finding: 'OIDC_ISSUER is not set: AUTH_MODE=jwt needs it',
  },
  { of: 'ConfigMap/boxoffice-bff', at: 'data.AUTH_MODE', to: 'open', finding: 'not with NODE_ENV=production' },
  {
    of: 'ConfigMap/boxoffice-programs',
    at: 'data.SHUTDOWN_DELAY_MS',
    to: 'soon',
    finding: 'SHUTDOWN_DELAY_MS="soon" is not an integer',
  },
  { of: 'ConfigMap/boxoffice-bff', at: 'data.SERVICE_KEY', to: 'bo_x', finding: 'belongs into a Secret' },
  {
    of: queue,
    at: `${container}.env.0`,
    to: { name: 'QUEUE_DATABASE_URL', value: 'postgresql://x' },
    finding: 'is written down',
  },
  { of: 'ConfigMap/boxoffice-queue', at: 'kind', to: 'Secret', finding: 'a Secret with its values is no manifest' },
  // The network
  {
    of: 'NetworkPolicy/default-deny',
    at: 'spec.policyTypes',
    to: ['Ingress'],
    finding: 'has no NetworkPolicy that denies everything',
  },
  {
    of: 'NetworkPolicy/queue',
    at: 'spec.ingress.0.from',
    to: undefined,
    finding: 'a rule says not who, or not at which port',
  },
  {
    of: 'NetworkPolicy/queue',
    at: 'spec.ingress.0.ports.0.port',
    to: 50_059,
    finding: 'bff -> queue:50051 may leave, and may not arrive',
  },
  { of: 'NetworkPolicy/bff', at: 'spec.egress', to: [], finding: 'bff -> worker:50054 may arrive, and may not leave' },
  {
    of: 'NetworkPolicy/access-token-keys',
    at: 'spec.podSelector',
    to: {},
    finding: 'queue -> issuer:443 is open, and not in the design',
  },
  {
    of: 'NetworkPolicy/dns',
    at: 'spec.podSelector.matchLabels',
    to: { no: 'body' },
    finding: 'queue -> dns:53 is in the design, and closed',
  },
  { of: 'NetworkPolicy/telemetry', at: 'spec.ingress', to: [], finding: 'nobody may come to port 9464' },
];

test.each(broken)('found: $finding', ({ in: overlay = 'production', finding, ...change }: Broken) => {
  const findings = checkPolicies(changed(built[overlay], change)).map(({ where, what }) => `${where}: ${what}`);
  expect(findings).toContainEqual(expect.stringContaining(finding));
});

test('policies are not asked about what the API server would not take', () => {
  const system = changed(built.production, { of: queue, at: 'spec.template', to: { spec: {} } });
  expect(checkSystem(system)).toEqual([expect.objectContaining({ what: 'containers is missing' })]);
});

test('all containers of production get their Secrets by reference', () => {
  const data = built.production.manifests.flatMap((manifest) => objectsAt(manifest, 'data'));
  expect(JSON.stringify(data)).not.toMatch(/postgresql:|BEGIN|bo_/);
});

test.each([
  {
    of: 'Ingress/boxoffice',
    from: 'boxoffice-bff',
    to: 'boxoffice-web',
    finding: 'there is no Service "boxoffice-web"',
  },
  { of: 'HTTPRoute/boxoffice', from: '80', to: '8080', finding: 'Service "boxoffice-bff" has no port 8080' },
  {
    of: 'GRPCRoute/boxoffice-partners',
    from: 'QueueService',
    to: 'QueueAdminService',
    finding: 'is no service for partners',
  },
  {
    of: 'Cluster/boxoffice-queue-db',
    from: 'queue-db',
    to: 'queues',
    finding: 'its Secret boxoffice-queues-app is read by nobody',
  },
])('found in an example: $finding', ({ of, from, to, finding }) => {
  const examples = exampleManifests()
    .filter(({ manifest }) => nameOf(manifest) === of)
    .map(({ where, manifest }) => ({
      where,
      manifest: JSON.parse(JSON.stringify(manifest).replaceAll(from, to)) as Manifest,
    }));
  const findings = exampleFindings(examples, built.production).map(({ what }) => what);
  expect(findings).toContainEqual(expect.stringContaining(finding));
});
