import type { LabelSelector, ObjectMeta } from 'kubernetes-types/meta/v1.js';

/** What we use of the Prometheus operator. */
export interface PodMonitor {
  apiVersion: 'monitoring.coreos.com/v1';
  kind: 'PodMonitor';
  metadata: ObjectMeta;
  spec: {
    jobLabel: string;
    selector: LabelSelector;
    podMetricsEndpoints: { port: string; path: string; interval: string; scrapeTimeout: string }[];
  };
}
