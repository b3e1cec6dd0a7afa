import type { ServiceAccount } from 'kubernetes-types/core/v1.js';

import { ofKind, workloadsOf, type Policy } from '../system.ts';

/** No program talks to the API of the cluster, so none has a token for it. */
export const serviceAccounts: Policy = (system) => {
  const accounts = ofKind<ServiceAccount>(system, 'ServiceAccount');
  return [
    ...accounts
      .filter(({ value }) => value.automountServiceAccountToken !== false)
      .map(({ where }) => ({ where, what: 'automountServiceAccountToken is not false' })),
    ...workloadsOf(system).flatMap(({ where, pod }) =>
      [
        ...(pod.automountServiceAccountToken === false ? [] : ['automountServiceAccountToken is not false']),
        ...(accounts.some(({ name }) => name === pod.serviceAccountName)
          ? []
          : [`there is no ServiceAccount ${pod.serviceAccountName ?? 'named'}`]),
        ...(pod.enableServiceLinks === false ? [] : ['enableServiceLinks is not false: Services would set variables']),
      ].map((what) => ({ where, what })),
    ),
  ];
};
