import htm from 'htm';
import { h, type ComponentChildren, type VNode } from 'preact';

/** Writes elements as text: html`<p class="big">${words}</p>`. Parsed once for each place in the code. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

/** What a component gives back, and what it may have inside. */
export type View = VNode | null;
export type Inside = ComponentChildren;
