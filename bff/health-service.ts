import { create, createFileRegistry, type DescMethodUnary } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

const name = 'grpc.health.v1';

const file = create(FileDescriptorProtoSchema, {
  name: 'grpc/health/v1/health.proto',
  package: name,
  syntax: 'proto3',
  messageType: [
    { name: 'HealthCheckRequest', field: [field('service', Type.STRING)] },
    { name: 'HealthCheckResponse', field: [field('status', Type.INT32)] },
  ],
  service: [
    {
      name: 'Health',
      method: [{ name: 'Check', inputType: `.${name}.HealthCheckRequest`, outputType: `.${name}.HealthCheckResponse` }],
    },
  ],
});

/** The status of a server that serves. */
export const serving = 1;

/**
 * `grpc.health.v1.Health/Check`, the one RPC of another's contract that is called here: its two messages have a field
 * each, and an enum travels as an int32.
 */
export const healthCheck: DescMethodUnary = checkMethod();

function field(fieldName: string, type: Type) {
  return { name: fieldName, jsonName: fieldName, number: 1, label: Label.OPTIONAL, type };
}

function checkMethod(): DescMethodUnary {
  const check = createFileRegistry(file, () => undefined).getService(`${name}.Health`)?.methods[0];
  if (check === undefined || check.methodKind !== 'unary') {
    throw new Error(`${name}.Health/Check is not described`);
  }
  return check as DescMethodUnary; // Just checked; the type itself is no union.
}
