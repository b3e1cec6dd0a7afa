import type { DescMethodServerStreaming, DescMethodUnary, DescService } from '@bufbuild/protobuf';
import { createServiceImplSpec, type MethodImplSpec, type ServiceImpl } from '@connectrpc/connect';
import { rpcName } from '../access.ts';

/** A service and what answers its calls. */
export interface Mounted<D extends DescService = DescService> {
  readonly service: D;
  readonly implementation: ServiceImpl<D>;
}

/** A unary RPC and what answers it. */
export interface UnaryRoute extends Route<DescMethodUnary> {
  readonly kind: 'unary';
  readonly impl: Extract<MethodImplSpec, { kind: 'unary' }>['impl'];
}

/** A server-streaming RPC and what answers it. */
export interface StreamRoute extends Route<DescMethodServerStreaming> {
  readonly kind: 'server_streaming';
  readonly impl: Extract<MethodImplSpec, { kind: 'server_streaming' }>['impl'];
}

interface Route<M> {
  readonly method: M;
  /** `package.Service/Method` */
  readonly rpc: string;
  /** `/package.Service/Method` */
  readonly path: string;
}

/** Pairs a service with its implementation, for `startRpcServer`. */
export function mount<D extends DescService>(service: D, implementation: ServiceImpl<D>): Mounted {
  // A list of different services has no common type but this one; each pair was checked here.
  return { service, implementation: implementation };
}

/**
 * The RPCs of the mounted services.
 *
 * @throws Error when one has no implementation, is mounted twice, or streams requests, which nothing here needs.
 */
export function routesOf(mounted: readonly Mounted[]): (UnaryRoute | StreamRoute)[] {
  const names = mounted.map(({ service }) => service.typeName);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) {
    throw new Error(`${twice} is mounted twice`);
  }
  return mounted.flatMap(({ service, implementation }) => {
    const missing = service.methods.find(({ localName }) => typeof implementation[localName] !== 'function');
    if (missing !== undefined) {
      throw new Error(`${rpcName(missing)} has no implementation`);
    }
    return Object.values(createServiceImplSpec(service, implementation).methods).map(routeOf);
  });
}

function routeOf(spec: MethodImplSpec): UnaryRoute | StreamRoute {
  const rpc = rpcName(spec.method);
  const path = `/${rpc}`;
  switch (spec.kind) {
    case 'unary':
      return { kind: spec.kind, method: spec.method, impl: spec.impl, rpc, path };
    case 'server_streaming':
      return { kind: spec.kind, method: spec.method, impl: spec.impl, rpc, path };
    default:
      throw new Error(`${rpc} streams requests (${spec.kind}): only unary and server-streaming RPCs can be mounted`);
  }
}
