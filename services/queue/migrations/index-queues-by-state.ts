import { Migration } from '@boxoffice/runtime/database/migrate';

/**
 * Queues in some states, in the order of their schedules, without a walk along those that were closed years ago. A state
 * changes a few times in the life of a queue: the many other updates of its row stay heap-only.
 */
export class IndexQueuesByState extends Migration {
  override up(): void {
    this.addSql('create index queues_state on queues (state, schedule_id)');
  }
}
