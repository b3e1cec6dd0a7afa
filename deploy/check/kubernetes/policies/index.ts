import type { Policy } from '../system.ts';
import { availability } from './availability.ts';
import { environment } from './environment.ts';
import { images } from './images.ts';
import { network } from './network.ts';
import { podSecurity } from './pod-security.ts';
import { ports } from './ports.ts';
import { probes } from './probes.ts';
import { references } from './references.ts';
import { resources } from './resources.ts';
import { secrets } from './secrets.ts';
import { serviceAccounts } from './service-accounts.ts';

/** What every overlay keeps, beside the types of its manifests. */
export const policies: readonly Policy[] = [
  podSecurity,
  serviceAccounts,
  images,
  resources,
  probes,
  ports,
  availability,
  references,
  environment,
  secrets,
  network,
];
