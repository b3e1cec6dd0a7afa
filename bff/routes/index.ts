import Router from '@koa/router';
import type { AccessTokenVerifier } from '../caller/access-token.ts';
import type { Context, Routes, State } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { authenticateMember, takeOperatorKey } from '../caller/member.ts';
import type { Readiness } from '../readiness.ts';
import { referenceRoutes } from '../reference/routes.ts';
import { sendPublic } from '../answers/send.ts';
import { adminActionRoutes } from './admin-actions.ts';
import { adminConcertRoutes } from './admin-concerts.ts';
import { adminLiveRoutes } from './admin-live.ts';
import { adminMemberRoutes } from './admin-members.ts';
import { adminQueueRoutes } from './admin-queues.ts';
import { adminSaleRoutes } from './admin-sales.ts';
import { adminScheduleRoutes } from './admin-schedules.ts';
import { catalogueRoutes } from './catalogue.ts';
import { healthRoutes } from './health.ts';
import { memberRoutes } from './members.ts';
import { pageRoutes } from './pages.ts';
import { paymentRoutes } from './payments.ts';
import { reservationRoutes } from './reservations.ts';
import { seatRoutes } from './seats.ts';
import { sessionRoutes } from './session.ts';
import { ticketRoutes } from './tickets.ts';

type RouteTable = (routes: Routes, deps: Deps) => void;

const memberTables: readonly RouteTable[] = [ticketRoutes, seatRoutes, reservationRoutes, paymentRoutes, memberRoutes];
const operatorTables: readonly RouteTable[] = [
  adminConcertRoutes,
  adminScheduleRoutes,
  adminQueueRoutes,
  adminSaleRoutes,
  adminLiveRoutes,
  adminMemberRoutes,
  adminActionRoutes,
];

/** All routes, by who may call them: everybody, members, operators. */
export function allRoutes(
  deps: Deps,
  options: { readiness: Readiness; verify: AccessTokenVerifier | undefined; signInUrl: string | undefined },
): Routes[] {
  const { readiness, verify } = options;
  const open: Routes = new Router<State>();
  healthRoutes(open, readiness);
  catalogueRoutes(open, deps);
  sessionRoutes(open, options);
  referenceRoutes(open, verify === undefined ? 'open' : 'jwt');

  const members: Routes = new Router<State>();
  members.use(authenticateMember(verify));
  memberTables.forEach((table) => table(members, deps));

  const operators: Routes = new Router<State>();
  operators.use(takeOperatorKey);
  operatorTables.forEach((table) => table(operators, deps));

  const pages: Routes = new Router<State>();
  pageRoutes(pages, index([open, members, operators]));
  return [open, members, operators, pages];
}

const indexMaxAgeSeconds = 60;

/** What can be called, for whoever opens the bare address. */
function index(routers: readonly Routes[]) {
  return (ctx: Context): void => {
    const calls = routers
      .flatMap(({ stack }) => stack)
      .flatMap(({ methods, path }) =>
        methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${String(path)}`),
      )
      .map((call) => call.replaceAll(/:(\w+)/g, '{$1}'));
    sendPublic(ctx, { name: 'Boxoffice', calls }, indexMaxAgeSeconds);
  };
}
