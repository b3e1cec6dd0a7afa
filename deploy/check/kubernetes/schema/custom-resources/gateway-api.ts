import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';

interface ParentReference {
  name: string;
  namespace: string;
  sectionName: string;
}

interface BackendReference {
  name: string;
  port: number;
}

/** What we use of the Gateway API 1.4 or later, its standard channel. */
export interface HTTPRoute {
  apiVersion: 'gateway.networking.k8s.io/v1';
  kind: 'HTTPRoute';
  metadata: ObjectMeta;
  spec: {
    parentRefs: ParentReference[];
    hostnames: string[];
    rules: {
      matches: { path: { type: 'PathPrefix' | 'Exact'; value: string } }[];
      timeouts: { request: string; backendRequest: string };
      backendRefs: BackendReference[];
    }[];
  };
}

export interface GRPCRoute {
  apiVersion: 'gateway.networking.k8s.io/v1';
  kind: 'GRPCRoute';
  metadata: ObjectMeta;
  spec: {
    parentRefs: ParentReference[];
    hostnames: string[];
    rules: { matches: { method: { service: string } }[]; backendRefs: BackendReference[] }[];
  };
}

export interface BackendTLSPolicy {
  apiVersion: 'gateway.networking.k8s.io/v1';
  kind: 'BackendTLSPolicy';
  metadata: ObjectMeta;
  spec: {
    targetRefs: { group: ''; kind: 'Service'; name: string }[];
    validation: { hostname: string; caCertificateRefs: { group: ''; kind: 'ConfigMap'; name: string }[] };
  };
}
