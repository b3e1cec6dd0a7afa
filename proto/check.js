// Checks the contract: lint, format, compatibility with what was promised before, and that the generated code is the
// one that this contract generates. Exits 1 with what is wrong.
//
// Compatibility is checked against the newest release tag, or against the last commit while there is no release;
// CONTRACT_BASE names another commit.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'boxoffice-contract-'));
let failed = false;
try {
  await import('./imports.js');
  step('lint', 'buf', ['lint']);
  step('format', 'buf', ['format', '--diff', '--exit-code', '--path', 'proto/boxoffice']);
  breaking();
  generated();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

function step(name, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  console.log(`contract: ${name} ${status === 0 ? 'ok' : 'FAILED'}`);
  if (status !== 0) failed = true;
}

/** The contract of the base commit is unpacked beside the files it imports, which git does not have. */
function breaking() {
  const base = process.env.CONTRACT_BASE || newestTag() || 'HEAD';
  const before = join(scratch, 'before');
  mkdirSync(before);
  const archive = spawnSync('git', ['archive', base, 'proto/boxoffice', 'buf.yaml'], { cwd: root });
  if (archive.status !== 0) {
    console.log(`contract: breaking skipped, ${base} has no contract here: ${archive.stderr?.toString().trim()}`);
    return;
  }
  execFileSync('tar', ['-x', '-C', before], { input: archive.stdout });
  cpSync(join(root, 'proto/.deps'), join(before, 'proto/.deps'), { recursive: true });
  step(`breaking (against ${base})`, 'buf', ['breaking', '--against', before]);
}

function newestTag() {
  const { status, stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*'], { cwd: root });
  return status === 0 ? stdout.toString().trim() : undefined;
}

function generated() {
  const out = join(scratch, 'generated');
  execFileSync('buf', ['generate', '--output', out], { cwd: root, stdio: 'inherit' });
  execFileSync(process.execPath, ['proto/comments.js', join(out, 'proto/gen')], { cwd: root, stdio: 'inherit' });
  step('generated code is current', 'diff', ['-r', '-q', 'proto/gen', join(out, 'proto/gen')]);
}
