import { stripTypeScriptTypes } from 'node:module';
import { posix } from 'node:path';

/** The packages that browser code may import, and the file of the vendor folder each becomes. */
export const vendorFiles = {
  preact: 'vendor/preact.js',
  'preact/hooks': 'vendor/hooks.js',
  htm: 'vendor/htm.js',
} as const;

/** A module as a browser takes it. */
export interface BrowserModule {
  readonly code: string;
  /** The files it imports, from the root of the assets. */
  readonly imports: readonly string[];
}

// Of `import … from '…'`, `export … from '…'` and `import '…'`, each at the beginning of a line or statement: our own code and
// two bundled packages write no others.
const importPattern = /(?<=^|;|\n)((?:import|export)\b[^'"`;]*?\bfrom\s*|import\s*)(['"])([^'"\n]+)\2/g;

/** Takes the types out of browser code, and points its imports at the files that are served. */
export function fromTypeScript(path: string, source: string): BrowserModule {
  return fromJavaScript(
    path,
    quietly(() => stripTypeScriptTypes(source, { mode: 'strip' })),
  );
}

/**
 * Points a module's imports at the files that are served: no import map is needed, which would be an inline script.
 *
 * @throws Error when it imports a package that is not served.
 */
export function fromJavaScript(path: string, source: string): BrowserModule {
  const imports: string[] = [];
  const code = source
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .replace(importPattern, (_all, before: string, quote: string, specifier: string) => {
      const file = fileOf(path, specifier);
      imports.push(file);
      return `${before}${quote}${relative(path, file)}${quote}`;
    });
  return { code, imports };
}

function fileOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) {
    return posix.join(posix.dirname(path), specifier).replace(/\.ts$/, '.js');
  }
  if (!Object.hasOwn(vendorFiles, specifier)) {
    throw new Error(`${path} imports ${specifier}, which is not served to browsers`);
  }
  return vendorFiles[specifier as keyof typeof vendorFiles];
}

function relative(path: string, file: string): string {
  const found = posix.relative(posix.dirname(path), file);
  return found.startsWith('.') ? found : `./${found}`;
}

// The types go by a call that Node announces as experimental, on every start; what else it has to say it may say.
function quietly<T>(work: () => T): T {
  const emit = Reflect.get(process, 'emitWarning') as (...about: unknown[]) => void;
  process.emitWarning = (...about: unknown[]) => {
    if (!String(about[0]).startsWith('stripTypeScriptTypes ')) {
      Reflect.apply(emit, process, about);
    }
  };
  try {
    return work();
  } finally {
    process.emitWarning = emit;
  }
}
