import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync, type Options } from '@grpc/proto-loader';

const options: Options = { longs: String, enums: String, defaults: true, oneofs: true };

/** What reflection answers, as far as it is used here. */
interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly errorResponse?: { readonly errorMessage: string };
}

/**
 * A client as a partner without our code has it: plain grpc-js, and nothing known of the service but what its server tells
 * by reflection.
 */
export class ReflectedServer implements Disposable {
  readonly #address: string;
  readonly #metadata = new Metadata();
  readonly #clients: Client[] = [];

  constructor(address: string, key: string) {
    this.#address = address;
    this.#metadata.set('authorization', `Bearer ${key}`);
  }

  /** The full names of the services the server has. */
  async services(version: 'v1' | 'v1alpha'): Promise<string[]> {
    const { listServicesResponse } = await this.#reflect(version, { listServices: '' });
    return (listServicesResponse?.service ?? []).map(({ name }) => name);
  }

  /** Calls a unary RPC; rejects with grpc-js' own error. */
  async call(service: string, method: string, request: object): Promise<Record<string, unknown>> {
    const client = await this.#client(service);
    return new Promise((resolve, reject) => {
      const call = client[method];
      if (typeof call !== 'function') throw new Error(`${service} has no ${method}`);
      const deadline = { deadline: Date.now() + 10_000 };
      call.call(
        client,
        request,
        this.#metadata,
        deadline,
        (error: ServiceError | null, answer: Record<string, unknown>) => (error ? reject(error) : resolve(answer)),
      );
    });
  }

  /** Opens a server stream. */
  async stream(
    service: string,
    method: string,
    request: object,
  ): Promise<ClientReadableStream<Record<string, unknown>>> {
    const client = await this.#client(service);
    const open = client[method] as (
      request: object,
      metadata: Metadata,
    ) => ClientReadableStream<Record<string, unknown>>;
    return open.call(client, request, this.#metadata);
  }

  async #client(service: string): Promise<Client & Record<string, unknown>> {
    const { fileDescriptorResponse } = await this.#reflect('v1', { fileContainingSymbol: service });
    const files = fileDescriptorResponse?.fileDescriptorProto ?? [];
    const definition = loadFileDescriptorSetFromBuffer(Buffer.concat(files.flatMap(fieldOne)), options);
    return this.#open(constructorOf(loadPackageDefinition(definition), service));
  }

  /** One question, on a stream of its own. */
  async #reflect(version: 'v1' | 'v1alpha', question: object): Promise<ReflectionAnswer> {
    const { resolve } = createRequire(import.meta.url);
    const folder = join(dirname(resolve('@grpc/reflection')), '../proto/grpc/reflection', version, 'reflection.proto');
    const reflection = loadPackageDefinition(loadSync(folder, options));
    const client = this.#open(constructorOf(reflection, `grpc.reflection.${version}.ServerReflection`));
    const open = client['serverReflectionInfo'] as () => ClientDuplexStream<object, ReflectionAnswer>;
    const stream = open.call(client);
    stream.write(question);
    const [answer] = (await once(stream, 'data')) as [ReflectionAnswer];
    stream.end();
    if (answer.errorResponse) throw new Error(answer.errorResponse.errorMessage);
    return answer;
  }

  #open(constructor: ServiceClientConstructor): Client & Record<string, unknown> {
    const client = new constructor(this.#address, credentials.createInsecure());
    this.#clients.push(client);
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }
}

function constructorOf(packages: object, name: string): ServiceClientConstructor {
  const found = name.split('.').reduce((scope: unknown, part) => (scope as Record<string, unknown>)[part], packages);
  if (typeof found !== 'function') throw new Error(`Reflection does not tell of ${name}`);
  return found as ServiceClientConstructor;
}

/** The bytes of a message as field 1 of another: an element of a FileDescriptorSet. */
function fieldOne(bytes: Buffer): Buffer[] {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 0x80) {
      length.push(rest);
      return [Buffer.from([0x0a, ...length]), bytes];
    }
    length.push((rest & 0x7f) | 0x80);
  }
}
