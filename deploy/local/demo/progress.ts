import { styleText } from 'node:util';

import type { Scene } from './scene.ts';

/** Where the demo is seen. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const framesMs = { live: 100, plain: 2_000 } as const;
const labelWidth = 10;
const barWidthMax = 50;
const numbersWidth = 40;

/**
 * Shows a scene while it is played: bars that move on a terminal, a line every two seconds elsewhere. Disposing draws it a
 * last time.
 */
export function showProgress(scene: Scene, screen: Screen): Disposable {
  const draw = screen.isTTY ? liveBars(scene, screen) : plainLines(scene, screen);
  draw();
  const timer = setInterval(draw, screen.isTTY ? framesMs.live : framesMs.plain);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      draw();
    },
  };
}

function liveBars(scene: Scene, screen: Screen): () => void {
  let drawn = 0;
  return () => {
    const width = Math.max(10, Math.min(barWidthMax, (screen.columns || 80) - labelWidth - numbersWidth));
    const lines = bars(scene, width);
    // Back to the first line; each is cleared to its end, in case it has become shorter.
    const back = drawn > 0 ? `\u001b[${drawn}A` : '';
    screen.write(back + lines.map((line) => `${line}\u001b[K\n`).join(''));
    drawn = lines.length;
  };
}

function plainLines(scene: Scene, screen: Screen): () => void {
  let last = '';
  return () => {
    const { members, seats, ready, joined, waiting, inside, sold, done } = scene;
    const text =
      joined === 0
        ? `preparing: ${ready} of ${members} members have an account`
        : `joined ${joined}/${members}, waiting ${waiting}, inside ${inside}, sold ${sold}/${seats}, done ${done}/${members}`;
    if (text !== last) screen.write(`${text}\n`);
    last = text;
  };
}

function bars(scene: Scene, width: number): string[] {
  const { members, seats, ready, joined, admitted, waiting, inside, sold, done } = scene;
  const refused = [...scene.refusals.values()].reduce((sum, count) => sum + count, 0);
  const retries = [...scene.retries.values()].reduce((sum, count) => sum + count, 0);
  return [
    bar('accounts', ready, members, width, 'blue', ''),
    bar('joined', joined, members, width, 'cyan', `${waiting} waiting`),
    bar('admitted', admitted, members, width, 'yellow', `${inside} inside`),
    bar('sold', sold, seats, width, 'green', `${refused} refusals`),
    bar('done', done, members, width, 'magenta', retries > 0 ? `${retries} attempts made again` : ''),
  ];
}

type Style = Parameters<typeof styleText>[0];

function bar(label: string, value: number, total: number, width: number, style: Style, note: string): string {
  const filled = Math.min(width, Math.round((value / total) * width));
  const drawn = styleText(style, '█'.repeat(filled)) + styleText('dim', '░'.repeat(width - filled));
  return `  ${label.padEnd(labelWidth)}${drawn} ${`${value}/${total}`.padStart(9)}  ${styleText('dim', note)}`;
}
