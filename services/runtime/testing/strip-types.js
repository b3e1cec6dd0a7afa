// Takes the types out of a test's code as Node takes them out of a program's: lines and columns stay what they are, so that
// there is nothing to map back.

import { stripTypeScriptTypes } from 'node:module';

export default { process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }) };
