import { ScalarType, type DescEnum, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { commentOf, rulesOf, wordsOfRules, type FieldRules } from '@boxoffice/proto/contract';
import { restDescription, restField } from '../request/field-names.ts';

/** A JSON Schema, draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

/** The fields of a message, by the name that JSON has for each; a list names those that are called as REST calls them. */
type Names<D extends DescMessage> =
  readonly (keyof D['field'] & string)[] | Readonly<Record<string, keyof D['field'] & string>>;

/** What is said about an object beside the fields of a message. */
interface ObjectOptions {
  /** Instead of the comment of the message. */
  readonly description?: string;
  /** Fields of its own, by name. */
  readonly more?: Readonly<Record<string, Schema>>;
  /** Instead of the rules between the fields. */
  readonly rules?: readonly string[];
  /** Fields that may be left out, or have to be there, whatever the rules say. */
  readonly optional?: readonly string[];
  readonly required?: readonly string[];
}

const safeIntegerMax = Number.MAX_SAFE_INTEGER;
const timestamp = 'google.protobuf.Timestamp';
const duration = 'google.protobuf.Duration';

/** What a body has to be: the fields that a route reads, with the rules that the message it builds is checked by. */
export function bodyOf<D extends DescMessage>(message: D, names: Names<D>, options: ObjectOptions = {}): Schema {
  const fields = named(message, names);
  const { more = {}, optional = [], description } = options;
  const needed = fields.filter(([name, field]) => isRequired(field) && !optional.includes(name)).map(([name]) => name);
  const rules = (options.rules ?? wordsOfRules(message)).map((rule) => `- ${restDescription(rule)}`);
  return {
    type: 'object',
    description: [description ?? commentOf(message), rules.join('\n')].filter((part) => part !== '').join('\n\n'),
    properties: { ...Object.fromEntries(fields.map(([name, field]) => [name, requestField(field)])), ...more },
    ...listed('required', [...new Set([...needed, ...(options.required ?? [])])]),
  };
}

/** What an answer is: fields of a message as JSON has them. All are there but the optional ones. */
export function answerOf<D extends DescMessage>(message: D, names: Names<D>, options: ObjectOptions = {}): Schema {
  const fields = named(message, names);
  const { more = {}, optional = [], description } = options;
  const properties = { ...Object.fromEntries(fields.map(([name, field]) => [name, answerField(field)])), ...more };
  return {
    type: 'object',
    description: description ?? commentOf(message),
    properties,
    ...listed(
      'required',
      Object.keys(properties).filter((name) => !optional.includes(name)),
    ),
  };
}

/** An object of fields that no message has: all of them are there but the optional ones. */
export function object(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  optional: string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', description, properties, ...listed('required', required) };
}

/** A schema among the components of the document. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** A schema without some of its keywords. */
export function without(schema: Schema, ...keywords: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));
}

/** The schema of a field in a request, with its comment. */
export function requestField(field: DescField): Schema {
  const description = restDescription(commentOf(field));
  return { description, ...valueOf(field, rulesOf(field)) };
}

/** The schema of a field in an answer, with its comment. */
export function answerField(field: DescField): Schema {
  const schema = field.fieldKind === 'list' ? { type: 'array', items: elementOf(field, undefined) } : elementOf(field);
  return { description: restDescription(commentOf(field)), ...schema };
}

function named<D extends DescMessage>(message: D, names: Names<D>): [string, DescField][] {
  const pairs = Array.isArray(names)
    ? (names as readonly string[]).map((name): [string, string] => [restField(name), name])
    : Object.entries(names as Readonly<Record<string, string>>);
  return pairs.map(([name, local]) => {
    const field = message.fields.find(({ localName }) => localName === local);
    if (field === undefined) {
      throw new Error(`${message.typeName} has no field ${local}`);
    }
    return [name, field];
  });
}

function listed(keyword: string, names: readonly string[]): Schema {
  return names.length === 0 ? {} : { [keyword]: names };
}

function valueOf(field: DescField, rules: FieldRules | undefined): Schema {
  // Members may be numbered: what is not there as a text is read as one.
  if (field.localName === 'memberId') {
    return {
      ...elementOf(field, rules),
      type: ['string', 'integer'],
      minimum: -safeIntegerMax,
      maximum: safeIntegerMax,
    };
  }
  if (field.fieldKind !== 'list') {
    return elementOf(field, rules);
  }
  const list = rules?.type.case === 'repeated' ? rules.type.value : undefined;
  return {
    type: 'array',
    items: elementOf(field, list?.items),
    ...limit('minItems', list?.minItems),
    ...limit('maxItems', list?.maxItems),
    ...(list?.unique === true && { uniqueItems: true }),
  };
}

/** A value, or an element of a list. */
function elementOf(field: DescField, rules?: FieldRules): Schema {
  if (field.enum !== undefined) {
    return { type: 'string', enum: namesOf(field.enum) };
  }
  if (field.message !== undefined) {
    return messageValue(field.message, rules);
  }
  switch (field.scalar) {
    case ScalarType.INT32:
    case ScalarType.INT64:
      return { type: 'integer', format: field.scalar === ScalarType.INT32 ? 'int32' : 'int64', ...bounds(rules) };
    case ScalarType.STRING:
      return { type: 'string', ...textLimits(rules) };
    case ScalarType.BOOL:
      return { type: 'boolean' };
    default:
      throw new Error(`${field.toString()} has no form in JSON yet`);
  }
}

function messageValue(message: DescMessage, rules: FieldRules | undefined): Schema {
  switch (message.typeName) {
    case timestamp:
      return { type: 'string', format: 'date-time' };
    case duration:
      return { type: 'integer', format: 'int32', ...durationBounds(rules) };
    default:
      return bodyOf(
        message,
        message.fields.map(({ localName }) => localName),
      );
  }
}

/** The values of an enum as JSON has them: without the one that is never sent. */
export function namesOf({ values }: DescEnum): string[] {
  return values.filter(({ number }) => number !== 0).map(({ localName }) => localName);
}

function bounds(rules: FieldRules | undefined): Schema {
  if (rules?.type.case !== 'int32' && rules?.type.case !== 'int64') {
    return {};
  }
  const { greaterThan, lessThan } = rules.type.value;
  return {
    ...(greaterThan.case !== undefined && {
      minimum: Number(greaterThan.value) + (greaterThan.case === 'gt' ? 1 : 0),
    }),
    ...(lessThan.case !== undefined && { maximum: Number(lessThan.value) - (lessThan.case === 'lt' ? 1 : 0) }),
  };
}

function durationBounds(rules: FieldRules | undefined): Schema {
  if (rules?.type.case !== 'duration') {
    return {};
  }
  const { greaterThan, lessThan } = rules.type.value;
  return {
    ...(greaterThan.case === 'gte' && { minimum: Number(greaterThan.value.seconds) }),
    ...(lessThan.case === 'lte' && { maximum: Number(lessThan.value.seconds) }),
  };
}

function textLimits(rules: FieldRules | undefined): Schema {
  if (rules?.type.case !== 'string') {
    return {};
  }
  const { minLen, maxLen, pattern, wellKnown } = rules.type.value;
  return {
    ...limit('minLength', minLen),
    ...limit('maxLength', maxLen),
    ...(pattern !== '' && { pattern }),
    ...(wellKnown.case === 'uuid' && { format: 'uuid' }),
  };
}

function limit(keyword: string, value: bigint | undefined): Schema {
  return value === undefined || value === 0n ? {} : { [keyword]: Number(value) };
}

/** A field has to be given when leaving it out, which is its zero, breaks a rule. */
function isRequired(field: DescField): boolean {
  const rules = rulesOf(field);
  if (rules === undefined || field.proto.proto3Optional) {
    return false;
  }
  const { minimum, minLength, pattern, minItems } = valueOf(field, rules);
  return (
    rules.required ||
    (field.message === undefined && typeof minimum === 'number' && minimum > 0) ||
    minLength !== undefined ||
    minItems !== undefined ||
    (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(''))
  );
}
