import { useState } from 'preact/hooks';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { pathsOf, placeOf, scaleOf, type Point, type Scale } from './line-geometry.ts';
import { dictionary } from './words.ts';

interface ChartProps {
  readonly title: string;
  readonly points: readonly Point[];
  /** Digits behind the point. */
  readonly digits?: number;
  /** Which of the colours of charts. */
  readonly tone: string;
}

// The drawing is stretched to the room there is; its lines are not.
const box = { width: 600, height: 120 };

/**
 * A line over time, with its newest value. A pointer over it, or the arrow keys, read any moment: to a screen reader it is a
 * slider along time.
 */
export function Chart({ title, points, digits = 0, tone }: ChartProps): View {
  const words = dictionary.use();
  const formats = useFormats();
  const [readMs, setReadMs] = useState<number | undefined>(undefined);
  const scale = scaleOf(points);
  const shown = points.filter(({ atMs }) => atMs >= scale.beginMs);
  const index = readMs === undefined ? shown.length - 1 : nearest(shown, readMs);
  const point = shown[index];
  const text = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : formats.number(Number(value.toFixed(digits)));
  const spoken = point === undefined ? words.noData : words.valueAt(text(point.value), formats.clock(point.atMs));
  const read = (to: number): void => setReadMs(shown[Math.max(0, Math.min(shown.length - 1, to))]?.atMs);
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 };
    const step = steps[event.key];
    if (step !== undefined) read(index + step);
    else if (event.key === 'Home') read(0);
    else if (event.key === 'End' || event.key === 'Escape') setReadMs(undefined);
    else return;
    event.preventDefault();
  };
  return html`<figure class=${`chart ${tone}`}>
    <figcaption class="spread">
      <span>${title}</span>
      <span class="chart-value"
        ><strong>${text(point?.value)}</strong
        >${readMs !== undefined && point && html` <span class="soft small">${formats.clock(point.atMs)}</span>`}</span
      >
    </figcaption>
    <div
      class="plot"
      role="slider"
      tabindex="0"
      aria-label=${title}
      aria-valuemin="0"
      aria-valuemax=${Math.max(0, shown.length - 1)}
      aria-valuenow=${Math.max(0, index)}
      aria-valuetext=${spoken}
      onKeyDown=${onKeyDown}
      onBlur=${() => setReadMs(undefined)}
      onPointerMove=${(event: PointerEvent) => setReadMs(momentUnder(event, scale))}
      onPointerLeave=${() => setReadMs(undefined)}
    >
      <${Drawing} points=${shown} scale=${scale} point=${readMs === undefined ? undefined : point} />
      <span class="axis top" aria-hidden="true">${text(scale.top)}</span>
      <span class="axis begin" aria-hidden="true"
        >${words.minutesAgo(Math.round((scale.endMs - scale.beginMs) / 60_000))}</span
      >
    </div>
  </figure>`;
}

interface DrawingProps {
  readonly points: readonly Point[];
  readonly scale: Scale;
  readonly point: Point | undefined;
}

function Drawing({ points, scale, point }: DrawingProps): View {
  const { line, area } = pathsOf(points, scale, box);
  const cursor = point && placeOf(scale, point, box);
  return html`<svg viewBox=${`0 0 ${box.width} ${box.height}`} preserveAspectRatio="none" aria-hidden="true">
    <path class="grid" d=${`M0 0H${box.width}M0 ${box.height / 2}H${box.width}M0 ${box.height}H${box.width}`} />
    <path class="area" d=${area} />
    <path class="line" d=${line} />
    ${cursor && html`<path class="cursor" d=${`M${cursor.x} 0V${box.height}`} />`}
    ${cursor && point.value !== null && html`<path class="dot" d=${`M${cursor.x} ${cursor.y}h0`} />`}
  </svg>`;
}

function momentUnder(event: PointerEvent, { beginMs, endMs }: Scale): number {
  const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return beginMs + ((event.clientX - left) / width) * (endMs - beginMs);
}

function nearest(points: readonly Point[], atMs: number): number {
  let best = 0;
  points.forEach((point, index) => {
    if (Math.abs(point.atMs - atMs) < Math.abs((points[best]?.atMs ?? 0) - atMs)) best = index;
  });
  return best;
}
