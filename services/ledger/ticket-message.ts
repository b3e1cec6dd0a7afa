/** What the Queue has to be told of a finished payment, and the message that says so until it was told. */
export interface TicketMessage {
  readonly message_id: bigint;
  readonly payment_id: bigint;
  readonly schedule_id: bigint;
  readonly ticket_number: bigint;
  readonly ticket_id: string;
}
