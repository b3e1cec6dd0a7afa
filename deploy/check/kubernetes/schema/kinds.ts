/** Where the type of a kind is described. */
export interface KindType {
  /** What is imported, from a file of this folder. */
  readonly module: string;
  readonly type: string;
}

const modules: Readonly<Record<string, { readonly module: string; readonly kinds: readonly string[] }>> = {
  v1: {
    module: 'kubernetes-types/core/v1',
    kinds: ['ConfigMap', 'Namespace', 'Secret', 'Service', 'ServiceAccount'],
  },
  'apps/v1': { module: 'kubernetes-types/apps/v1', kinds: ['Deployment', 'StatefulSet'] },
  'autoscaling/v2': { module: 'kubernetes-types/autoscaling/v2', kinds: ['HorizontalPodAutoscaler'] },
  'batch/v1': { module: 'kubernetes-types/batch/v1', kinds: ['Job'] },
  'networking.k8s.io/v1': { module: 'kubernetes-types/networking/v1', kinds: ['Ingress', 'NetworkPolicy'] },
  'policy/v1': { module: 'kubernetes-types/policy/v1', kinds: ['PodDisruptionBudget'] },
  'scheduling.k8s.io/v1': { module: 'kubernetes-types/scheduling/v1', kinds: ['PriorityClass'] },
  'cert-manager.io/v1': { module: './custom-resources/cert-manager.ts', kinds: ['Certificate', 'Issuer'] },
  'barmancloud.cnpg.io/v1': { module: './custom-resources/barman-cloud.ts', kinds: ['ObjectStore'] },
  'postgresql.cnpg.io/v1': { module: './custom-resources/cloudnative-pg.ts', kinds: ['Cluster', 'ScheduledBackup'] },
  'gateway.networking.k8s.io/v1': {
    module: './custom-resources/gateway-api.ts',
    kinds: ['BackendTLSPolicy', 'GRPCRoute', 'HTTPRoute'],
  },
  'monitoring.coreos.com/v1': { module: './custom-resources/prometheus-operator.ts', kinds: ['PodMonitor'] },
};

/** The type of a kind; none for one that our manifests are not known to use. */
export function typeOfKind(apiVersion: string, kind: string): KindType | undefined {
  const known = modules[apiVersion];
  return known?.kinds.includes(kind) ? { module: known.module, type: kind } : undefined;
}
