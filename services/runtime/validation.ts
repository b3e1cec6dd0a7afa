import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import { refuse, type FieldViolation } from './error.ts';

const violationsMax = 16;

const patterns = new Map<string, RegExp>();

/**
 * Matches by the engine's own expressions. Protovalidate brings RE2 along for patterns that come from anywhere; ours are
 * those of the contract, and linear. For the first `\P{Cc}` RE2 goes through all of Unicode: 250 ms of every start.
 */
function matches(pattern: string, text: string): boolean {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u');
  patterns.set(pattern, known);
  return known.test(text);
}

// One for the process: it compiles the rules of a message type once. After that a message takes 1 µs, an invalid one
// 15 µs, most of it the error.
const validator = createValidator({ regexMatch: matches });

/**
 * Checks a message against the rules in its .proto.
 *
 * @throws ServiceError REQUEST_INVALID with the fields that break a rule (at most 16 of them).
 * @throws Error when the rules themselves are broken.
 */
export function validateRequest<D extends DescMessage>(schema: D, message: MessageShape<D>): void {
  const result = validator.validate(schema, message);
  if (result.kind === 'valid') {
    return;
  }
  if (result.kind === 'error') {
    throw new Error(`the rules of ${schema.typeName} cannot be evaluated`, { cause: result.error });
  }
  const violations = result.violations.slice(0, violationsMax).map(violationOf);
  const [first] = violations;
  const summary =
    first === undefined ? 'it breaks a rule' : [first.field, first.description].filter(Boolean).join(': ');
  throw refuse('REQUEST_INVALID', `the request is invalid: ${summary}`, { violations });
}

/**
 * Compiles the rules of a message type ahead of its first message, which would otherwise wait for it.
 *
 * @throws Error when the rules are broken, so that a server with such a contract does not start.
 */
export function compileRules(schema: DescMessage): void {
  const result = validator.validate(schema, create(schema));
  if (result.kind === 'error') {
    throw new Error(`the rules of ${schema.typeName} are broken: ${result.error.message}`, { cause: result.error });
  }
}

function violationOf(violation: Violation): FieldViolation {
  return { field: pathToString(violation.field), description: descriptionOf(violation) };
}

/** What the patterns of the contract ask for: an expression tells a person nothing. */
const patternWords: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/\\P\{Cc\}/, 'must have no control characters'],
  [/^\^\[0-9\]\{4\}-/, 'must be a day, as in 2030-12-24'],
  [/^\^boxoffice/, 'must be the type of an event of this service'],
];

function descriptionOf({ ruleId, message }: Violation): string {
  const pattern = ruleId === 'string.pattern' ? /`(.*)`$/s.exec(message)?.[1] : undefined;
  const words = pattern && patternWords.find(([known]) => known.test(pattern))?.[1];
  return words ?? message;
}
