// What is used of @koa/cors, which comes without types.
declare module '@koa/cors' {
  import type { Context, Middleware } from 'koa';

  export default function cors(options: {
    origin: (ctx: Context) => string;
    allowMethods: readonly string[];
    allowHeaders: readonly string[];
    exposeHeaders: readonly string[];
    maxAge: number;
  }): Middleware;
}
