import { splitImage } from '../../kustomize/transformers.ts';
import { containersOf, workloadsOf, type Policy } from '../system.ts';

/** An image has a tag that says which, and comes from a registry that the cluster may read from without our help. */
export const images: Policy = (system) => [
  ...containersOf(system).flatMap(({ where, container: { image = '', imagePullPolicy } }) => {
    const { name, tag } = splitImage(image);
    return [
      ...(name === '' ? ['has no image'] : []),
      ...(tag === undefined || tag === 'latest' ? [`image ${image} may be another one tomorrow: it needs a tag`] : []),
      ...(imagePullPolicy === 'IfNotPresent' ? [] : ['imagePullPolicy is not IfNotPresent']),
    ].map((what) => ({ where, what }));
  }),
  ...workloadsOf(system)
    .filter(({ pod }) => (pod.imagePullSecrets ?? []).length > 0)
    .map(({ where }) => ({ where, what: 'imagePullSecrets are for an overlay of your own' })),
];
