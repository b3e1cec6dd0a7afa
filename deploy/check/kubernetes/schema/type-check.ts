import { join } from 'node:path';
import ts from 'typescript';

import type { Finding } from '../../findings.ts';
import type { Manifest } from '../../kustomize/manifest.ts';
import { typeOfKind } from './kinds.ts';
import { pathAt } from './path-at.ts';

/** A manifest, and how findings call it. */
export interface Placed {
  readonly where: string;
  readonly manifest: Manifest;
}

/** All that the compiler knows of the language; its own library would take half a second to read. */
const library = `
interface Array<T> { length: number; [n: number]: T }
interface Boolean {} interface CallableFunction {} interface Function {} interface IArguments {} interface NewableFunction {}
interface Number {} interface Object {} interface RegExp {} interface String {}
type Extract<T, U> = T extends U ? T : never;
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Record<K extends keyof any, T> = { [P in K]: T };
type Required<T> = { [P in keyof T]-?: T[P] };
`;
/** The types say of each field that it may be missing, since servers fill in some; these nobody fills in. */
const whole = `type Whole<T> = T & Required<Pick<T, Extract<keyof T, 'apiVersion' | 'kind' | 'metadata' | 'spec'>>>;`;
const specless = new Set(['Namespace']);

const libraryFile = join(import.meta.dirname, 'library.d.ts');
const manifestsFile = join(import.meta.dirname, 'manifests.ts');

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noLib: true,
  noEmit: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
};

/**
 * Checks manifests against the types of the Kubernetes API: they are written down as literals of TypeScript, whose compiler
 * refuses fields that a type does not have, values of another type, and the lack of what is required. Within one object it
 * tells of one unknown field at a time.
 */
export function checkTypes(placed: readonly Placed[]): Finding[] {
  const unknown = placed.filter(({ manifest }) => typeOfKind(manifest.apiVersion, manifest.kind) === undefined);
  const known = placed.filter((one) => !unknown.includes(one));
  const text = sourceOf(known);
  const program = ts.createProgram([libraryFile, manifestsFile], options, hostOf(text));
  const source = program.getSourceFile(manifestsFile);
  if (source === undefined) throw new Error('the compiler has not read the manifests');
  const [fault] = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  if (fault !== undefined) throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, ' '));
  return [
    ...unknown.map(({ where, manifest: { apiVersion, kind } }) => ({
      where,
      what: `there is no type of ${apiVersion} ${kind} to check it against`,
    })),
    ...program.getSemanticDiagnostics(source).map((diagnostic) => findingOf(diagnostic, source, known)),
  ];
}

/** `const m0: Whole<T0> = {…};`, one line a manifest. */
function sourceOf(placed: readonly Placed[]): string {
  const lines = placed.map(({ manifest }, index) => {
    const { module, type } = typeOfKind(manifest.apiVersion, manifest.kind) ?? { module: '', type: '' };
    const expected = specless.has(type) ? `T${index}` : `Whole<T${index}>`;
    return (
      `import type { ${type} as T${index} } from '${module}';\n` +
      `const m${index}: ${expected} = ${JSON.stringify(manifest)};`
    );
  });
  return [whole, ...lines].join('\n');
}

function hostOf(text: string): ts.CompilerHost {
  const written = new Map([
    [libraryFile, library],
    [manifestsFile, text],
  ]);
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (file) => written.has(file) || host.fileExists(file),
    readFile: (file) => written.get(file) ?? host.readFile(file),
    getSourceFile: (file, language, ...rest) => {
      const known = written.get(file);
      return known === undefined
        ? host.getSourceFile(file, language, ...rest)
        : ts.createSourceFile(file, known, language, true);
    },
  };
}

function findingOf(diagnostic: ts.Diagnostic, source: ts.SourceFile, placed: readonly Placed[]): Finding {
  const { index, path } = pathAt(source, diagnostic.start ?? 0);
  const where = placed[index]?.where ?? 'the types themselves';
  return { where: path === '' ? where : `${where} ${path}`, what: wordsOf(diagnostic) };
}

/** The compiler tells the whole of the types it compares; the innermost reason says what is wrong with a field. */
function wordsOf({ messageText }: ts.Diagnostic): string {
  const words = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n').at(-1)?.trim() ?? '';
  return words
    .replace(
      /^Object literal may only specify known properties, (?:and|but) '"?(\w+)"?' does not exist in type '(.*)'\.?/,
      '$2 has no field $1',
    )
    .replace(/^Property '(\w+)' is missing in type .* but required in type '(\w+).*'\.$/, '$1 is missing')
    .replace(/^Type '(.*)' is not assignable to type '(.*)'\.$/, '$1 is not $2');
}
