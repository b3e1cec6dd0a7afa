import { createRegistry, toBinary } from '@bufbuild/protobuf';
import type { DescFile, DescService, Registry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { status, type Server, type ServerDuplexStream, type ServiceDefinition } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { service as healthDefinition } from 'grpc-health-check';
import { ErrorInfoSchema, StatusSchema } from '@boxoffice/proto/rpc';
import { fileOfDefinition } from './loaded-descriptor.ts';

const methodName = 'ServerReflectionInfo';

/** A request of `grpc.reflection`, v1 and v1alpha alike; `messageRequest` names the field that is set. */
interface ReflectionRequest {
  readonly host?: string;
  readonly messageRequest?: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
  readonly fileContainingExtension?: { readonly containingType: string; readonly extensionNumber: number };
  readonly allExtensionNumbersOfType?: string;
}

type ReflectionStream = ServerDuplexStream<ReflectionRequest, object>;
type Answer = Record<string, unknown>;

/**
 * Adds `grpc.reflection` (v1 and v1alpha) for the given services to a server.
 *
 * @grpc/reflection brings both services, but answers from descriptors that went through protobufjs, which drops options
 * it does not know: our validation rules, and most of `buf/validate/validate.proto`. So its definitions are used, and
 * the answers given here, from the descriptors as they were compiled.
 */
export function addReflection(server: Pick<Server, 'addService'>, services: readonly DescService[]): void {
  const definitions: ServiceDefinition[] = [];
  new ReflectionService({}).addToServer({ addService: (definition) => definitions.push(definition) });
  const schema = schemaOf(services, [healthDefinition, ...definitions]);
  for (const definition of definitions) {
    server.addService(definition, { [methodName]: (stream: ReflectionStream) => converse(schema, stream) });
  }
}

/** All that can be asked about. */
interface Schema {
  readonly services: readonly string[];
  readonly files: ReadonlyMap<string, DescFile>;
  readonly registry: Registry;
}

function schemaOf(services: readonly DescService[], definitions: readonly ServiceDefinition[]): Schema {
  const open = definitions.map(fileOfDefinition);
  const files = new Map<string, DescFile>();
  const roots = [
    ...services.map((service) => service.file),
    ...open,
    // No file imports these: the details of an error come as Any.
    ErrorInfoSchema.file,
    StatusSchema.file,
  ];
  roots.flatMap(withImports).forEach((file) => files.set(file.proto.name, file));
  return {
    services: [
      ...services.map(({ typeName }) => typeName),
      ...open.flatMap((file) => file.services.map(({ typeName }) => typeName)),
    ].sort(),
    files,
    registry: createRegistry(...files.values()),
  };
}

// Answers one request after the other, and reads the next one when the answer has found room.
function converse(schema: Schema, stream: ReflectionStream): void {
  const sent = new Set<DescFile>();
  stream.on('data', (request: ReflectionRequest) => {
    const response = { validHost: request.host, originalRequest: request, ...answer(schema, sent, request) };
    if (!stream.write(response)) {
      stream.pause();
      stream.once('drain', () => stream.resume());
    }
  });
  stream.on('end', () => stream.end());
}

function answer(schema: Schema, sent: Set<DescFile>, request: ReflectionRequest): Answer {
  switch (request.messageRequest) {
    case 'listServices':
      return { listServicesResponse: { service: schema.services.map((name) => ({ name })) } };
    case 'fileByFilename':
      return filesAnswer(sent, schema.files.get(request.fileByFilename ?? ''));
    case 'fileContainingSymbol':
      return filesAnswer(sent, fileOfSymbol(schema, request.fileContainingSymbol ?? ''));
    case 'fileContainingExtension': {
      const { containingType = '', extensionNumber = 0 } = request.fileContainingExtension ?? {};
      const extendee = schema.registry.getMessage(containingType);
      return filesAnswer(sent, extendee && schema.registry.getExtensionFor(extendee, extensionNumber)?.file);
    }
    case 'allExtensionNumbersOfType':
      return extensionNumbersAnswer(schema, request.allExtensionNumbersOfType ?? '');
    default:
      return errorAnswer(status.UNIMPLEMENTED, 'unknown request');
  }
}

// Sends the imports along, those that this stream has not had yet: a client that looks for them asks no further.
function filesAnswer(sent: Set<DescFile>, file: DescFile | undefined): Answer {
  if (file === undefined) {
    return errorAnswer(status.NOT_FOUND, 'not found');
  }
  const files = withImports(file).filter((one) => one === file || !sent.has(one));
  files.forEach((one) => sent.add(one));
  const fileDescriptorProto = files.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { fileDescriptorResponse: { fileDescriptorProto } };
}

// A symbol is a type, or what is declared in one: `package.Service.Method`, `package.Message.field`.
function fileOfSymbol({ registry }: Schema, symbol: string): DescFile | undefined {
  return (registry.get(symbol) ?? registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.')))))?.file;
}

function extensionNumbersAnswer({ registry }: Schema, typeName: string): Answer {
  if (registry.getMessage(typeName) === undefined) {
    return errorAnswer(status.NOT_FOUND, 'not found');
  }
  const extensionNumber = [...registry]
    .filter((type) => type.kind === 'extension' && type.extendee.typeName === typeName)
    .map((type) => (type.kind === 'extension' ? type.number : 0));
  return { allExtensionNumbersResponse: { baseTypeName: typeName, extensionNumber } };
}

function errorAnswer(errorCode: status, errorMessage: string): Answer {
  return { errorResponse: { errorCode, errorMessage } };
}

/** A file and all it imports, directly or not, each once, the file first. */
function withImports(file: DescFile): DescFile[] {
  const found = new Set([file]);
  for (const one of found) {
    one.dependencies.forEach((dependency) => found.add(dependency));
  }
  return [...found];
}
