import { render } from 'preact';
import { html } from '../html.ts';
import { App } from './app.ts';

// The page came with a skeleton, for the moments until now.
document.body.replaceChildren();
render(html`<${App} />`, document.body);
