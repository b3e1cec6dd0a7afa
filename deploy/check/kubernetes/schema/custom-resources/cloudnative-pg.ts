import type { ResourceRequirements } from 'kubernetes-types/core/v1.js';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';

interface Storage {
  size: string;
  storageClass?: string;
}

/** What we use of CloudNativePG 1.26 or later. */
export interface Cluster {
  apiVersion: 'postgresql.cnpg.io/v1';
  kind: 'Cluster';
  metadata: ObjectMeta;
  spec: {
    instances: number;
    imageName: string;
    primaryUpdateStrategy: 'unsupervised' | 'supervised';
    bootstrap: { initdb: { database: string; owner: string } };
    postgresql: {
      synchronous: { method: 'any' | 'first'; number: number };
      parameters: Record<string, string>;
    };
    storage: Storage;
    walStorage: Storage;
    resources: ResourceRequirements;
    affinity: { topologyKey: string };
    plugins: { name: string; isWALArchiver: boolean; parameters: Record<string, string> }[];
  };
}

export interface ScheduledBackup {
  apiVersion: 'postgresql.cnpg.io/v1';
  kind: 'ScheduledBackup';
  metadata: ObjectMeta;
  spec: {
    /** Six fields: it begins with seconds. */
    schedule: string;
    cluster: { name: string };
    method: 'plugin';
    pluginConfiguration: { name: string };
  };
}
