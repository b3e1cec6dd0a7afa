/**
 * Reads the text of a `.dockerignore` and tells whether a path, from the root of the repository, is left out of a build. The
 * last pattern that fits the path or a folder above it decides.
 */
export function ignoredBy(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ leftOut: !line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.leftOut ?? false;
}

/** `*` is within one part of a path, `**` any number of parts. */
function patternOf(glob: string): RegExp {
  const source = glob
    .replace(/^\/|\/$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => wilds[wild] ?? wild);
  return new RegExp(`^${source}(?:/.*)?$`);
}

const wilds: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
