import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';

/** What we use of cert-manager 1.18 or later. */
export interface Certificate {
  apiVersion: 'cert-manager.io/v1';
  kind: 'Certificate';
  metadata: ObjectMeta;
  spec: {
    secretName: string;
    commonName?: string;
    dnsNames?: string[];
    isCA?: boolean;
    duration: string;
    renewBefore: string;
    usages?: ('digital signature' | 'server auth' | 'client auth')[];
    privateKey: { algorithm: 'ECDSA'; size: 256 | 384; rotationPolicy: 'Always' | 'Never' };
    issuerRef: { name: string; kind: 'Issuer' | 'ClusterIssuer'; group: 'cert-manager.io' };
  };
}

export interface Issuer {
  apiVersion: 'cert-manager.io/v1';
  kind: 'Issuer';
  metadata: ObjectMeta;
  spec: { selfSigned: Record<string, never> } | { ca: { secretName: string } };
}
