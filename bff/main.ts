import { run } from '@boxoffice/runtime/program';
import { createApp } from './app.ts';
import { pageFiles } from './pages/page-files.ts';

await run('bff', async (context) => {
  // A page that cannot be made is told of now, not to its first visitor.
  await pageFiles();
  return createApp(context);
});
