import { create, createFileRegistry, setExtension, type Message } from '@bufbuild/protobuf';
import type { GenMessage, GenService } from '@bufbuild/protobuf/codegenv2';
import {
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  file_google_protobuf_wrappers,
  FileDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
  type StringValueSchema,
} from '@bufbuild/protobuf/wkt';
import {
  field,
  FieldRulesSchema,
  file_buf_validate_validate,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { createClient, type Client, type ServiceImpl } from '@connectrpc/connect';
import { pino, type Logger } from 'pino';
import type { AccessTable } from '../access.ts';
import { mount, startRpcServer, type RpcServer, type RpcServerOptions } from '../grpc/server.ts';
import { grpcTransport, type GrpcTransportOptions } from '../grpc/transport.ts';
import { testKeyring } from '../testing/keyring.ts';

/** `text` has at most 64 characters and `count` is not negative, by the rules in the descriptor. */
export type Ask = Message<'probe.v1.Ask'> & { text: string; count: number };
type AskSchema = GenMessage<Ask>;
type Answer = typeof StringValueSchema;

const rules = (init: Parameters<typeof create<typeof FieldRulesSchema>>[1]) => {
  const options = create(FieldOptionsSchema);
  setExtension(options, field, create(FieldRulesSchema, init));
  return options;
};

const rpc = (name: string, options: { readOnly?: boolean; serverStreaming?: boolean; clientStreaming?: boolean }) => ({
  name,
  inputType: '.probe.v1.Ask',
  outputType: '.google.protobuf.StringValue',
  serverStreaming: options.serverStreaming ?? false,
  clientStreaming: options.clientStreaming ?? false,
  ...(options.readOnly && { options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS } }),
});

const file = create(FileDescriptorProtoSchema, {
  name: 'probe/v1/probe.proto',
  package: 'probe.v1',
  syntax: 'proto3',
  dependency: ['buf/validate/validate.proto', 'google/protobuf/wrappers.proto'],
  messageType: [
    create(DescriptorProtoSchema, {
      name: 'Ask',
      field: [
        {
          name: 'text',
          number: 1,
          type: FieldDescriptorProto_Type.STRING,
          label: FieldDescriptorProto_Label.OPTIONAL,
          options: rules({ type: { case: 'string', value: { maxLen: 64n } } }),
        },
        {
          name: 'count',
          number: 2,
          type: FieldDescriptorProto_Type.INT32,
          label: FieldDescriptorProto_Label.OPTIONAL,
          options: rules({ type: { case: 'int32', value: { greaterThan: { case: 'gte', value: 0 } } } }),
        },
      ],
    }),
  ],
  service: [
    {
      name: 'ProbeService',
      method: [rpc('Say', {}), rpc('Read', { readOnly: true }), rpc('Watch', { serverStreaming: true })],
    },
    { name: 'UploadService', method: [rpc('Upload', { clientStreaming: true })] },
  ],
});

const registry = createFileRegistry(file, (name) =>
  [file_google_protobuf_wrappers, file_buf_validate_validate].find(({ proto }) => proto.name === name),
);

function serviceNamed<T>(name: string): T {
  const service = registry.getService(name);
  if (service === undefined) {
    throw new Error(`the descriptor of the test has no ${name}`);
  }
  // The descriptor above is what these types say.
  return service as T;
}

/** A service with an RPC of every kind that can be mounted. */
export const ProbeService = serviceNamed<
  GenService<{
    say: { methodKind: 'unary'; input: AskSchema; output: Answer };
    read: { methodKind: 'unary'; input: AskSchema; output: Answer };
    watch: { methodKind: 'server_streaming'; input: AskSchema; output: Answer };
  }>
>('probe.v1.ProbeService');

/** A service that cannot be mounted. */
export const UploadService =
  serviceNamed<GenService<{ upload: { methodKind: 'client_streaming'; input: AskSchema; output: Answer } }>>(
    'probe.v1.UploadService',
  );

/** Who may call the services of the test. */
export const probeAccess: AccessTable = {
  'probe.v1.ProbeService/Say': ['public'],
  'probe.v1.ProbeService/Read': ['service:bff', 'operator', 'partner:queue'],
  'probe.v1.ProbeService/Watch': ['service:bff', 'partner:queue'],
};

/** The keys of the callers. */
export const keyring = testKeyring();

/** A logger that keeps its lines. */
export function recordingLog(level = 'debug'): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: pino({ level }, { write }), lines };
}

/** Starts a server with the probe; what is not implemented by the test says hello. */
export function startProbe(
  implementation: Partial<ServiceImpl<typeof ProbeService>> = {},
  options: Partial<RpcServerOptions> = {},
): Promise<RpcServer> {
  const hello: ServiceImpl<typeof ProbeService> = {
    say: ({ text }) => ({ value: `hello ${text}` }),
    read: ({ text }) => ({ value: `hello ${text}` }),
    async *watch({ text, count }) {
      for (let i = 0; i < count; i++) {
        yield { value: `${text} ${i}` };
      }
    },
  };
  return startRpcServer({
    host: '127.0.0.1',
    port: 0,
    services: [mount(ProbeService, { ...hello, ...implementation })],
    keyring,
    access: probeAccess,
    log: pino({ level: 'silent' }),
    ...options,
  });
}

/** A client of the probe that closes with its scope. */
export function connect(
  address: string,
  options: Partial<GrpcTransportOptions> = {},
): Client<typeof ProbeService> & AsyncDisposable {
  const transport = grpcTransport({ address, key: keyring.keys.bff, ...options });
  const client = createClient(ProbeService, transport);
  return Object.assign(client, { [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() });
}
