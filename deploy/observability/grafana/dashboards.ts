import { business } from './business.ts';
import type { Dashboard } from './dashboard.ts';
import { database } from './database.ts';
import { onSale } from './on-sale.ts';
import { services } from './services.ts';

/** All dashboards: one file of this folder each, and a line here. */
export const dashboards: readonly Dashboard[] = [onSale, services, database, business];
