import { create, createFileRegistry, fromBinary, getOption, type FileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { field as fieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Client, credentials, status, type ClientDuplexStream, type ServiceDefinition } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { startProbe } from './grpc-probe.ts';

interface Response {
  readonly listServicesResponse?: { service: { name: string }[] };
  readonly fileDescriptorResponse?: { fileDescriptorProto: Uint8Array[] };
  readonly allExtensionNumbersResponse?: { baseTypeName: string; extensionNumber: number[] };
  readonly errorResponse?: { errorCode: number };
}

const definitions: ServiceDefinition[] = [];
new ReflectionService({}).addToServer({ addService: (definition) => definitions.push(definition) });

/** A stock client of one version of the service. */
class ReflectionClient implements Disposable {
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<object, Response>;
  readonly #responses: AsyncIterator<Response>;

  constructor(address: string, version: string) {
    const method = definitions
      .flatMap((definition) => Object.values(definition))
      .find(({ path }) => path.startsWith(`/grpc.reflection.${version}.`));
    if (method === undefined) {
      throw new Error(`there is no ${version}`);
    }
    this.#client = new Client(address, credentials.createInsecure());
    this.#stream = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize as (bytes: Buffer) => Response,
    );
    this.#responses = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Response>;
  }

  async ask(request: object): Promise<Response> {
    this.#stream.write(request);
    return ((await this.#responses.next()) as IteratorYieldResult<Response>).value;
  }

  async files(request: object): Promise<FileDescriptorProto[]> {
    const { fileDescriptorResponse } = await this.ask(request);
    return (fileDescriptorResponse?.fileDescriptorProto ?? []).map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, Uint8Array.from(bytes)),
    );
  }

  /** The end of the stream: what it fails with, if it does. */
  async end(): Promise<unknown> {
    return this.#responses.next().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  [Symbol.dispose](): void {
    this.#stream.on('error', () => undefined);
    this.#stream.cancel();
    this.#client.close();
  }
}

function registryOf(files: FileDescriptorProto[]): FileRegistry {
  return createFileRegistry(create(FileDescriptorSetSchema, { file: files.toReversed() }));
}

describe.each(['v1', 'v1alpha'])('reflection %s', (version) => {
  test('lists the services', async () => {
    await using server = await startProbe();
    using client = new ReflectionClient(server.address, version);
    const { listServicesResponse } = await client.ask({ listServices: '*' });
    expect(listServicesResponse?.service.map(({ name }) => name)).toEqual([
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      'probe.v1.ProbeService',
    ]);
  });

  test('gives a service with all it imports, validation rules and all', async () => {
    await using server = await startProbe();
    using client = new ReflectionClient(server.address, version);
    const files = await client.files({ fileContainingSymbol: 'probe.v1.ProbeService' });
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'probe/v1/probe.proto',
        'buf/validate/validate.proto',
        'google/protobuf/wrappers.proto',
        'google/protobuf/descriptor.proto',
      ]),
    );
    const fields = registryOf(files).getMessage('probe.v1.Ask')?.fields ?? [];
    expect(fields.map((one) => getOption(one, fieldRules).type.value)).toMatchObject([
      { maxLen: 64n },
      { greaterThan: { value: 0 } },
    ]);
  });

  test('finds every file by name, and everything by its symbol', async () => {
    await using server = await startProbe();
    using client = new ReflectionClient(server.address, version);
    const names = ['buf/validate/validate.proto', 'google/protobuf/duration.proto', 'google/rpc/error_details.proto'];
    for (const fileByFilename of names) {
      expect((await client.files({ fileByFilename }))[0]?.name).toBe(fileByFilename);
    }
    const symbols = ['probe.v1.Ask', 'probe.v1.Ask.text', 'probe.v1.ProbeService.Watch', 'google.rpc.ErrorInfo'];
    for (const fileContainingSymbol of [...symbols, 'grpc.health.v1.Health', 'grpc.health.v1.Health.Check']) {
      expect(await client.files({ fileContainingSymbol })).not.toEqual([]);
    }
    const fileContainingExtension = { containingType: 'google.protobuf.FieldOptions', extensionNumber: 1159 };
    expect((await client.files({ fileContainingExtension }))[0]?.name).toBe('buf/validate/validate.proto');
    const numbers = await client.ask({ allExtensionNumbersOfType: 'google.protobuf.FieldOptions' });
    expect(numbers.allExtensionNumbersResponse?.extensionNumber).toContain(1159);
  });

  test('says what it does not know', async () => {
    await using server = await startProbe();
    using client = new ReflectionClient(server.address, version);
    for (const request of [
      { fileContainingSymbol: 'no.such.Thing' },
      { fileContainingSymbol: '' },
      { fileByFilename: 'no/such.proto' },
      { fileContainingExtension: { containingType: 'probe.v1.Ask', extensionNumber: 1 } },
      { allExtensionNumbersOfType: 'no.such.Thing' },
    ]) {
      expect((await client.ask(request)).errorResponse?.errorCode).toBe(status.NOT_FOUND);
    }
    expect((await client.ask({})).errorResponse?.errorCode).toBe(status.UNIMPLEMENTED);
  });
});

test('the health service can be called from its reflected schema', async () => {
  await using server = await startProbe();
  using client = new ReflectionClient(server.address, 'v1');
  const registry = registryOf(await client.files({ fileContainingSymbol: 'grpc.health.v1.Health' }));
  const check = registry.getService('grpc.health.v1.Health')?.method['check'];
  expect(check?.input.typeName).toBe('grpc.health.v1.HealthCheckRequest');
  expect(check?.output.field['status']?.enum?.typeName).toBe('grpc.health.v1.HealthCheckResponse.ServingStatus');
});

test('a reflection stream ends with the server', async () => {
  const server = await startProbe();
  using client = new ReflectionClient(server.address, 'v1');
  await client.ask({ listServices: '*' });
  const closed = server[Symbol.asyncDispose]();
  expect(await client.end()).toMatchObject({ code: status.UNAVAILABLE });
  await closed;
});
