// Writes the .proto files that ours import into proto/.deps, which git ignores, so that buf finds them without a
// network and without a copy in this repository:
//   google/rpc/*            from the package google-proto-files, as they are
//   buf/validate/validate.proto   from the package @bufbuild/protovalidate, which carries only its descriptor: printed
//                           from it, without the CEL behind the standard rules (buf needs the shapes, not the rules)

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { file_buf_validate_validate as validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

const require = createRequire(import.meta.url);
const deps = join(import.meta.dirname, '.deps');

function write(name, put) {
  const path = join(deps, name);
  mkdirSync(dirname(path), { recursive: true });
  put(path);
}

// The printer below knows what a proto2 file of messages, enums and extensions can hold, and no more.

function printFile(file) {
  return [
    `syntax = "${file.syntax || 'proto2'}";`,
    `package ${file.package};`,
    ...file.dependency.map((name) => `import "${name}";`),
    ...file.enumType.map((type) => printEnum(type)),
    ...file.messageType.map((type) => printMessage(type)),
    ...file.extension.map((field) => `extend ${field.extendee} {\n${printField(field)}\n}`),
    '',
  ].join('\n');
}

function printMessage(type) {
  const free = type.field.filter((field) => !hasOneof(field));
  const oneofs = type.oneofDecl.map((oneof, index) => {
    const members = type.field.filter((field) => hasOneof(field) && field.oneofIndex === index);
    return `oneof ${oneof.name} {\n${members.map((field) => printField(field, '')).join('\n')}\n}`;
  });
  const ranges = type.extensionRange.map(({ start, end }) => {
    const last = end - 1 >= 536870911 ? 'max' : end - 1;
    return `extensions ${start} to ${last};`;
  });
  const reserved = [
    ...type.reservedRange.map(({ start, end }) => `reserved ${start} to ${end - 1};`),
    ...type.reservedName.map((name) => `reserved "${name}";`),
  ];
  const nested = [...type.enumType.map(printEnum), ...type.nestedType.map(printMessage)];
  const body = [...nested, ...free.map((field) => printField(field)), ...oneofs, ...ranges, ...reserved];
  return `message ${type.name} {\n${body.join('\n')}\n}`;
}

function printEnum(type) {
  return `enum ${type.name} {\n${type.value.map((value) => `${value.name} = ${value.number};`).join('\n')}\n}`;
}

function hasOneof(field) {
  return Object.hasOwn(field, 'oneofIndex');
}

const labels = { 1: 'optional ', 2: 'required ', 3: 'repeated ' };
const scalars = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  6: 'fixed64',
  7: 'fixed32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
  15: 'sfixed32',
  16: 'sfixed64',
  17: 'sint32',
  18: 'sint64',
};

function printField(field, label = labels[field.label]) {
  return `${label}${scalars[field.type] ?? field.typeName} ${field.name} = ${field.number};`;
}

for (const name of ['google/rpc/status.proto', 'google/rpc/error_details.proto']) {
  write(name, (path) => copyFileSync(join(dirname(require.resolve('google-proto-files/package.json')), name), path));
}
write('buf/validate/validate.proto', (path) => writeFileSync(path, printFile(validate.proto)));
