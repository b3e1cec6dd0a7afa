import { styleText } from 'node:util';

/** Where a person, or a collector of logs, sees what the programs say. */
export interface Output {
  /** A line that a program wrote: JSON of its log, or anything else. */
  line(program: string, text: string): void;
  /** Something that npm start has to say itself. */
  note(text: string): void;
}

export interface OutputOptions {
  /** JSON lines as the programs wrote them, instead of text for a person. */
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** The longest name of a program, for straight columns. */
  readonly nameWidth?: number;
}

type Style = Parameters<typeof styleText>[0];

const programStyles: readonly Style[] = ['cyan', 'green', 'yellow', 'magenta', 'blue'];
const levelStyles: Readonly<Record<string, Style>> = {
  trace: 'dim',
  debug: 'dim',
  info: 'reset',
  warn: 'yellow',
  error: 'red',
  fatal: ['red', 'bold'],
};

/** What every line of the log has; the rest is shown as `name=value`. */
const shownOtherwise = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err', 'v']);

/** Makes an output; colours follow the terminal, NO_COLOR and FORCE_COLOR. */
export function createOutput({ json, write, nameWidth = 9 }: OutputOptions): Output {
  const styles = new Map<string, Style>();
  const styleOf = (program: string): Style => {
    const style = styles.get(program) ?? programStyles[styles.size % programStyles.length] ?? 'reset';
    styles.set(program, style);
    return style;
  };
  if (json) {
    return {
      line: (program, text) => write(`${parse(text) ? text : JSON.stringify({ name: program, msg: text })}\n`),
      note: (text) => write(`${JSON.stringify({ name: 'boxoffice', time: new Date().toISOString(), msg: text })}\n`),
    };
  }
  return {
    line: (program, text) => {
      const prefix = styleText(styleOf(program), program.padEnd(nameWidth));
      for (const line of render(text).split('\n')) write(`${prefix} ${line}\n`);
    },
    note: (text) => write(`${text}\n`),
  };
}

/** A line of a program's log as a person likes to read it. */
function render(text: string): string {
  const entry = parse(text);
  if (!entry) return printable(text);
  const { level, time, msg, err } = entry;
  const word = typeof level === 'string' ? level : 'info';
  const moment = typeof time === 'string' ? `${localTime(time)} ` : '';
  const details = Object.entries(entry)
    .filter(([name, value]) => !shownOtherwise.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const message = [typeof msg === 'string' ? msg : '', ...details].join(' ');
  const lines = [
    `${styleText('dim', moment)}${styleText(levelStyles[word] ?? 'reset', word.padEnd(5))} ${printable(message)}`,
  ];
  if (isRecord(err)) lines.push(printable(typeof err['stack'] === 'string' ? err['stack'] : JSON.stringify(err)));
  return lines.join('\n');
}

/** A line of a program's log in one sentence: its message, and what was wrong. */
export function summary(text: string): string {
  const entry = parse(text);
  if (!entry) return printable(text);
  const { msg, err, faults } = entry;
  const reasons = [isRecord(err) ? err['message'] : undefined, ...(Array.isArray(faults) ? (faults as unknown[]) : [])];
  return printable([msg, ...reasons].filter((part) => typeof part === 'string').join(': '));
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && 'msg' in value ? value : undefined;
  } catch {
    return undefined; // Text that only looks like it.
  }
}

function localTime(time: string): string {
  const date = new Date(time);
  const digits = (value: number, width = 2): string => String(value).padStart(width, '0');
  const { hours, minutes, seconds } = {
    hours: date.getHours(),
    minutes: date.getMinutes(),
    seconds: date.getSeconds(),
  };
  return `${digits(hours)}:${digits(minutes)}:${digits(seconds)}.${digits(date.getMilliseconds(), 3)}`;
}

/** Text from outside may hold what a terminal takes for a command. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
