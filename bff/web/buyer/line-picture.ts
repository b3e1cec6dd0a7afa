import { useRef } from 'preact/hooks';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import {
  figureDistances,
  linePath,
  lineShape,
  peoplePerFigure,
  pointAt,
  yourDistance,
  type Point,
} from './line-geometry.ts';
import { dictionary } from './words.ts';

interface LinePictureProps {
  /** How many are ahead, in fractions while the number moves. */
  readonly ahead: number;
  /** How many were ahead at first. */
  readonly start: number;
  readonly paused: boolean;
}

const height = 2 * lineShape.margin + (lineShape.rows - 1) * lineShape.rowGap + 8;
const path = linePath(lineShape);

/** The line as seen from above: the door, those ahead, and you. */
export function LinePicture({ ahead, start, paused }: LinePictureProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const scale = useRef<number | undefined>(undefined);
  const people = (scale.current = peoplePerFigure(Math.ceil(ahead), scale.current));
  const others = figureDistances(ahead, Math.max(start, ahead), people);
  return html`<figure class=${paused ? 'line-picture is-paused' : 'line-picture'}>
    <svg
      viewBox="0 0 ${lineShape.width} ${height}"
      role="img"
      aria-label=${words.pictureOf(formats.number(Math.round(ahead)))}
    >
      <path class="floor" d=${path} />
      <${Door} />
      ${others.map((distance) => html`<${Person} ...${pointAt(distance, lineShape)} />`)}
      <${You} ...${pointAt(yourDistance(ahead, people), lineShape)} />
    </svg>
    ${people > 1 && html`<figcaption class="small">${words.eachDot(formats.number(people))}</figcaption>`}
  </figure>`;
}

function Door(): View {
  const words = dictionary.use();
  const x = lineShape.width - lineShape.margin + 4;
  return html`<g class="door" transform="translate(${x} ${lineShape.margin + 10})">
    <path class="light" d="M0 0v-34h22v34z" />
    <path class="leaf" d="M0 0v-34l11 5v34z" />
    <text x="11" y="14" text-anchor="middle">${words.door}</text>
  </g>`;
}

const crowd = 46;
const inCrowd: Point = { x: lineShape.width / 2 + 32, y: 136 };
// An angle that never repeats spreads them evenly, without rows.
const goldenAngle = Math.PI * (3 - Math.sqrt(5));

/** A lobby: everybody who is there, in no order, and a door that is closed. */
export function CrowdPicture(): View {
  const words = dictionary.use();
  const places = Array.from({ length: crowd }, (_, index) => {
    const distance = Math.sqrt((index + 0.5) / crowd);
    return {
      x: lineShape.width / 2 + Math.cos(index * goldenAngle) * distance * 150,
      y: 128 + Math.sin(index * goldenAngle) * distance * 62,
    };
  }).filter(({ x, y }) => Math.hypot(x - inCrowd.x, y - inCrowd.y + 8) > 24);
  return html`<figure class="line-picture">
    <svg viewBox="0 0 ${lineShape.width} ${height + 10}" role="img" aria-label=${words.crowdPicture}>
      <ellipse class="floor-area" cx=${lineShape.width / 2} cy="130" rx="176" ry="82" />
      <g class="door is-closed" transform="translate(${lineShape.width / 2 - 14} 52)">
        <path class="leaf" d="M0 0v-40h13.5v40zM14.5 0v-40h13.5v40z" />
        <text x="14" y="-46" text-anchor="middle">${words.door}</text>
      </g>
      ${places.toSorted((one, other) => one.y - other.y).map(({ x, y }) => html`<${Person} x=${x} y=${y} />`)}
      <${You} ...${inCrowd} />
    </svg>
  </figure>`;
}

function Person({ x, y }: Point): View {
  return html`<g class="person" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">
    <path d="M-5.5 9a5.5 6.5 0 0 1 11 0z" />
    <circle cy="-2.5" r="4" />
  </g>`;
}

function You({ x, y }: Point): View {
  const words = dictionary.use();
  return html`<g class="person you" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">
    <path d="M-8.5 12a8.5 10 0 0 1 17 0z" />
    <circle cy="-4.5" r="6" />
    <text y="-16" text-anchor="middle">${words.you}</text>
  </g>`;
}
