import {
  DockerfileParser,
  JSONInstruction,
  ModifiableInstruction,
  PropertyInstruction,
  type Instruction,
} from 'dockerfile-ast';

/** An instruction with its flags taken off and its variables put in. */
export interface Step {
  /** Upper case: `COPY`. */
  readonly keyword: string;
  /** `--from=packages` is `from: 'packages'`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Of ENV and LABEL. */
  readonly pairs: Readonly<Record<string, string>>;
  /** Of the list form, `["node", "x.ts"]`; none for words that a shell would read. */
  readonly list: readonly string[] | undefined;
  readonly line: number;
}

/** What begins with a FROM. */
export interface Stage {
  readonly name: string | undefined;
  /** The image it begins with, or another stage. */
  readonly base: string;
  readonly steps: readonly Step[];
}

/** Reads the text of a Dockerfile, with the defaults of the arguments that stand before its first FROM. */
export function readDockerfile(text: string): Stage[] {
  const dockerfile = DockerfileParser.parse(text);
  const defaults = new Map(
    dockerfile.getInitialARGs().map((arg) => {
      const property = arg.getProperty();
      return [property?.getName() ?? '', property?.getValue() ?? ''] as const;
    }),
  );
  const stages: { name: string | undefined; base: string; steps: Step[] }[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    const step = stepOf(instruction, defaults);
    if (step.keyword !== 'FROM') stages.at(-1)?.steps.push(step);
    else
      stages.push({
        base: step.args[0] ?? '',
        name: /^as$/i.test(step.args[1] ?? '') ? step.args[2] : undefined,
        steps: [],
      });
  }
  return stages;
}

function stepOf(instruction: Instruction, defaults: ReadonlyMap<string, string>): Step {
  const args = instruction.getArguments().map((argument) => expand(argument.getValue(), defaults));
  return {
    keyword: instruction.getKeyword(),
    flags: flagsOf(instruction),
    args,
    pairs: pairsOf(instruction),
    list: listOf(instruction, args),
    line: instruction.getRange().start.line + 1,
  };
}

function flagsOf(instruction: Instruction): Record<string, string> {
  if (!(instruction instanceof ModifiableInstruction)) return {};
  return Object.fromEntries(instruction.getFlags().map((flag) => [flag.getName(), flag.getValue() ?? '']));
}

function pairsOf(instruction: Instruction): Record<string, string> {
  if (!(instruction instanceof PropertyInstruction)) return {};
  const properties = instruction.getProperties();
  return Object.fromEntries(properties.map((property) => [property.getName(), property.getValue() ?? '']));
}

function expand(word: string, defaults: ReadonlyMap<string, string>): string {
  return word.replace(/\$\{(\w+)\}/g, (all, name: string) => defaults.get(name) ?? all);
}

function listOf(instruction: Instruction, args: readonly string[]): readonly string[] | undefined {
  if (instruction instanceof JSONInstruction && instruction.getOpeningBracket() !== null) {
    return instruction.getJSONStrings().map((text) => text.getJSONValue());
  }
  // HEALTHCHECK CMD [...], whose list the parser leaves alone.
  const text = args.slice(1).join(' ');
  return instruction.getKeyword() === 'HEALTHCHECK' && text.startsWith('[')
    ? (JSON.parse(text) as string[])
    : undefined;
}
