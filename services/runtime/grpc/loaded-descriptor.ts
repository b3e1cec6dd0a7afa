import { createFileRegistry, fromBinary, type DescFile } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, type DescriptorProto, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';

/**
 * The file that a service loaded by proto-loader is declared in. proto-loader leaves the names of types as they are
 * written in the .proto (`HealthCheckResponse`), where descriptors have them in full (`.grpc.health.v1.…`).
 *
 * @throws Error when the service has no RPC, or its file imports another.
 */
export function fileOfDefinition(definition: ServiceDefinition): DescFile {
  const [rpc] = Object.values(definition);
  // grpc-js hides in its types what proto-loader has put there.
  const loaded = rpc as unknown as MethodDefinition<object, object> | undefined;
  const name = loaded?.path.split('/')[1];
  for (const bytes of loaded?.requestType.fileDescriptorProtos ?? []) {
    const file = fromBinary(FileDescriptorProtoSchema, bytes);
    if (file.service.some((service) => `${file.package}.${service.name}` === name)) {
      qualifyNames(file);
      const registry = createFileRegistry(file, () => undefined);
      return registry.getFile(file.name) ?? fail(file.name);
    }
  }
  return fail(String(name));
}

function qualifyNames(file: FileDescriptorProto): void {
  const known = new Set<string>();
  walk(file.package, file.messageType, (scope, { enumType }) => {
    known.add(scope);
    enumType.forEach(({ name }) => known.add(`${scope}.${name}`));
  });
  file.enumType.forEach(({ name }) => known.add(`${file.package}.${name}`));
  walk(file.package, file.messageType, (scope, message) =>
    message.field.forEach((field) => (field.typeName = qualify(field.typeName, scope, known))),
  );
  for (const method of file.service.flatMap((service) => service.method)) {
    method.inputType = qualify(method.inputType, file.package, known);
    method.outputType = qualify(method.outputType, file.package, known);
  }
}

function walk(
  scope: string,
  messages: readonly DescriptorProto[],
  visit: (scope: string, message: DescriptorProto) => void,
): void {
  for (const message of messages) {
    const inner = `${scope}.${message.name}`;
    visit(inner, message);
    walk(inner, message.nestedType, visit);
  }
}

// The innermost scope that knows the name has it, as protobuf says.
function qualify(name: string, scope: string, known: ReadonlySet<string>): string {
  if (name === '' || name.startsWith('.')) {
    return name;
  }
  for (let outer = scope; outer !== ''; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
    if (known.has(`${outer}.${name}`)) {
      return `.${outer}.${name}`;
    }
  }
  return `.${name}`;
}

function fail(name: string): never {
  throw new Error(`proto-loader did not keep the descriptor of ${name}`);
}
