import type { AnyDesc, DescField, DescMessage, DescService } from '@bufbuild/protobuf';
import { getOption } from '@bufbuild/protobuf';
import {
  field as fieldRules,
  message as messageRules,
  type FieldRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { comments } from './gen/comments.js';
import { InventoryAdminService, InventoryService } from './inventory.ts';
import { LedgerAdminService, LedgerService } from './ledger.ts';
import { PositionService, QueueAdminService, QueueService } from './queue.ts';

export type { FieldRules };

/** The services of the contract, in the order of the reference. */
export const services: readonly DescService[] = [
  QueueService,
  PositionService,
  QueueAdminService,
  InventoryService,
  InventoryAdminService,
  LedgerService,
  LedgerAdminService,
];

/** What the contract says about one of its elements, in Markdown; empty for what is not ours. */
export function commentOf(desc: AnyDesc): string {
  return comments[fullNameOf(desc)] ?? '';
}

/** The rules that the values of a field have to keep; undefined when there are none. */
export function rulesOf(field: DescField): FieldRules | undefined {
  const rules = getOption(field, fieldRules);
  return rules.type.case === undefined && !rules.required ? undefined : rules;
}

/** The rules between the fields of a message, in words. */
export function wordsOfRules(message: DescMessage): readonly string[] {
  return getOption(message, messageRules).cel.map((rule) => rule.message);
}

function fullNameOf(desc: AnyDesc): string {
  switch (desc.kind) {
    case 'file':
      return desc.name;
    case 'field':
    case 'oneof':
    case 'rpc':
    case 'enum_value':
      return `${desc.parent.typeName}.${desc.name}`;
    case 'message':
    case 'enum':
    case 'service':
    case 'extension':
      return desc.typeName;
  }
}
