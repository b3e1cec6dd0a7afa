import { useRef } from 'preact/hooks';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { figureDistances, linePath, lineShape, peoplePerFigure, pointAt, yourDistance } from './line-geometry.ts';
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
  const you = pointAt(yourDistance(ahead, people), lineShape);
  return html`<figure class=${paused ? 'line-picture is-paused' : 'line-picture'}>
    <svg
      viewBox="0 0 ${lineShape.width} ${height}"
      role="img"
      aria-label=${words.pictureOf(formats.number(Math.round(ahead)))}
    >
      <path class="floor" d=${path} />
      <${Door} />
      ${others.map((distance) => {
        const { x, y } = pointAt(distance, lineShape);
        return html`<g class="figure" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">
          <path d="M-5.5 9a5.5 6.5 0 0 1 11 0z" />
          <circle cy="-2.5" r="4" />
        </g>`;
      })}
      <g class="figure you" transform="translate(${you.x.toFixed(1)} ${you.y.toFixed(1)})">
        <path d="M-8.5 12a8.5 10 0 0 1 17 0z" />
        <circle cy="-4.5" r="6" />
        <text y="-16" text-anchor="middle">${words.you}</text>
      </g>
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
