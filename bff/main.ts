import { run } from '@boxoffice/runtime/program';
import { createApp } from './app.ts';

await run('bff', createApp);
