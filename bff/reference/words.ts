import { ScalarType, type DescField } from '@bufbuild/protobuf';
import { rulesOf, type FieldRules } from '@boxoffice/proto/contract';

/** The name of a field's type, as the .proto has it. */
export function typeOf(field: DescField): string {
  switch (field.fieldKind) {
    case 'list':
      return `repeated ${elementType(field)}`;
    case 'map':
      return `map<${scalarName(field.mapKey)}, ${field.scalar === undefined ? elementType(field) : scalarName(field.scalar)}>`;
    case 'enum':
    case 'message':
    case 'scalar':
      return elementType(field);
  }
}

/** The rules of a field in words, such as `1 to 64 characters`; empty when there are none. */
export function rulesInWords(field: DescField): string {
  const rules = rulesOf(field);
  return rules === undefined ? '' : wordsOf(rules).join('; ');
}

function elementType(field: DescField): string {
  const type = field.message ?? field.enum;
  return type?.name ?? scalarName(field.scalar ?? ScalarType.STRING);
}

function scalarName(type: ScalarType): string {
  return ScalarType[type].toLowerCase();
}

function wordsOf(rules: FieldRules): string[] {
  return [...(rules.required ? ['required'] : []), ...wordsOfType(rules.type)];
}

function wordsOfType(type: FieldRules['type']): string[] {
  switch (type.case) {
    case 'string': {
      const { minLen, maxLen, pattern, wellKnown } = type.value;
      return [
        range(minLen, maxLen, 'characters'),
        pattern === '' ? '' : `matches ${pattern}`,
        wellKnown.case === undefined
          ? ''
          : `a ${wellKnown.case === 'ip' ? 'IP address' : wellKnown.case.toUpperCase()}`,
      ].filter(isWord);
    }
    case 'int32':
    case 'int64': {
      const { greaterThan, lessThan } = type.value;
      return between(bound(greaterThan.case, greaterThan.value), bound(lessThan.case, lessThan.value));
    }
    case 'duration': {
      const { greaterThan, lessThan } = type.value;
      const [from, to] = [greaterThan.value?.seconds, lessThan.value?.seconds];
      return between(bound(greaterThan.case, from), bound(lessThan.case, to)).map((words) => `${words} s`);
    }
    case 'repeated': {
      const { minItems, maxItems, unique, items } = type.value;
      const each = items === undefined ? [] : wordsOf(items).map((words) => `each ${words}`);
      return [range(minItems, maxItems, 'elements'), unique ? 'no element twice' : '', ...each].filter(isWord);
    }
    default:
      return [];
  }
}

function isWord(words: string): boolean {
  return words !== '';
}

const signs = { gt: '>', gte: '≥', lt: '<', lte: '≤' } as const;

function bound(sign: keyof typeof signs | undefined, value: bigint | number | undefined): string {
  return sign === undefined || value === undefined ? '' : `${signs[sign]} ${value}`;
}

// Of `≥ 0` and `≤ 10`: `0 to 10`.
function between(from: string, to: string): string[] {
  if (from.startsWith('≥') && to.startsWith('≤')) {
    return [`${from.slice(2)} to ${to.slice(2)}`];
  }
  return from === '' && to === '' ? [] : [[from, to].filter(isWord).join(' and ')];
}

function range(min: bigint, max: bigint, what: string): string {
  if (min === 0n) {
    return max === 0n ? '' : `at most ${max} ${what}`;
  }
  return max === 0n ? `at least ${min} ${what}` : `${min} to ${max} ${what}`;
}
