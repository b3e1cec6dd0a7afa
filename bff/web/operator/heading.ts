import { useEffect, useRef } from 'preact/hooks';
import { html, type Inside, type View } from '../html.ts';

// The first place that is shown leaves the focus where the browser put it.
let shownBefore = false;

/** The heading of a place, which also names the tab. Takes the focus, so that a screen reader starts there. */
export function Heading({ title, children }: { readonly title: string; readonly children?: Inside }): View {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (shownBefore) {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    shownBefore = true;
  }, []);
  useEffect(() => {
    document.title = `${title} · Boxoffice`;
  }, [title]);
  return html`<h1 tabindex="-1" ref=${heading}>${children ?? title}</h1>`;
}
