// Writes the comments of the contract beside the code that is generated from it, which has no place for them: the
// reference is made from them. `node proto/comments.js [folder]`; without a folder: proto/gen. Run behind `buf generate`.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const imageBytesMax = 64 * 1024 * 1024;

// What descriptor.proto numbers the lists of elements by, file and message each in its own way.
const ofFile = { 4: 'messageType', 5: 'enumType', 6: 'service' };
const ofElement = {
  messageType: { 2: 'field', 3: 'nestedType', 4: 'enumType', 8: 'oneofDecl' },
  nestedType: { 2: 'field', 3: 'nestedType', 4: 'enumType', 8: 'oneofDecl' },
  enumType: { 2: 'value' },
  service: { 2: 'method' },
};

const root = join(import.meta.dirname, '..');
const folder = process.argv[2] ?? join(root, 'proto/gen');

const image = execFileSync('buf', ['build', '--path', 'proto/boxoffice', '-o', '-#format=binpb'], {
  cwd: root,
  maxBuffer: imageBytesMax,
});
const entries = fromBinary(FileDescriptorSetSchema, image)
  .file.filter(({ name }) => name.startsWith('boxoffice/'))
  .flatMap(commentsOf)
  .sort(([a], [b]) => (a < b ? -1 : 1));
const json = JSON.stringify(Object.fromEntries(entries), undefined, 2);
writeFileSync(
  join(folder, 'comments.js'),
  `// Written by proto/comments.js. What the contract says about each of its elements, by full name.\n\nexport const comments = ${json};\n`,
);
writeFileSync(
  join(folder, 'comments.d.ts'),
  `/** What the contract says about each of its elements, by full name. */\nexport declare const comments: Readonly<Record<string, string>>;\n`,
);

/** The comments in front of the elements of a file: pairs of full name and text. */
function commentsOf(file) {
  return (file.sourceCodeInfo?.location ?? []).flatMap(({ path, leadingComments = '' }) => {
    const name = leadingComments.trim() === '' ? undefined : nameAt(file, path);
    return name === undefined ? [] : [[`${file.package}.${name}`, textOf(leadingComments)]];
  });
}

/** The name of an element by its path, a list and a place in it in turns; undefined for what has no name of its own. */
function nameAt(file, path) {
  if (path.length === 0 || path.length % 2 === 1) {
    return undefined;
  }
  let element = file;
  let lists = ofFile;
  const names = [];
  for (let at = 0; at < path.length; at += 2) {
    const list = lists?.[path[at]];
    if (list === undefined) {
      return undefined;
    }
    element = element[list][path[at + 1]];
    lists = ofElement[list];
    names.push(element.name);
  }
  return names.join('.');
}

/** Without the space that follows every comment sign, and with a paragraph on one line. */
function textOf(comment) {
  return comment
    .trim()
    .split(/\n[ \t]*\n/)
    .map((paragraph) =>
      paragraph
        .split('\n')
        .map((line) => line.trim())
        .join(' '),
    )
    .join('\n\n');
}
