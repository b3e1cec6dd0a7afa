/**
 * Who calls: everybody, an operator, one of our own services by name, or a partner whose key carries a scope.
 */
export type Caller = 'public' | 'operator' | `service:${string}` | `partner:${string}`;

/** The scopes a partner's key can carry: one a service. */
export const scopes = ['queue', 'inventory', 'ledger'] as const;

/** A scope of a partner's key. */
export type Scope = (typeof scopes)[number];

const bff = 'service:bff';
const inventory = 'service:inventory';
const ledger = 'service:ledger';
const worker = 'service:worker';
const operator = 'operator';

/**
 * The one table of who may call which RPC. What is not in it is refused to everybody, and a server that mounts an RPC
 * missing here does not start. An operator's key reaches the admin services through the BFF unchanged: the BFF itself
 * may neither steer a queue nor touch the catalogue; it may look which queues there are. Partners see only what belongs to their own members; the services
 * hold that, row by row.
 */
export const access: Readonly<Record<string, readonly Caller[]>> = {
  // Health and reflection tell nothing that this repository does not.
  'grpc.health.v1.Health/Check': ['public'],
  'grpc.health.v1.Health/Watch': ['public'],
  'grpc.reflection.v1.ServerReflection/ServerReflectionInfo': ['public'],
  'grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': ['public'],

  'boxoffice.queue.v1.QueueService/Join': [bff, 'partner:queue'],
  'boxoffice.queue.v1.QueueService/JoinGroup': [bff],
  'boxoffice.queue.v1.QueueService/GetTicket': [bff, 'partner:queue'],
  'boxoffice.queue.v1.QueueService/Leave': [bff, 'partner:queue'],
  'boxoffice.queue.v1.QueueService/Verify': [bff, inventory, ledger, 'partner:queue'],
  'boxoffice.queue.v1.QueueService/ExtendTicket': [inventory],
  'boxoffice.queue.v1.QueueService/Complete': [ledger],
  'boxoffice.queue.v1.QueueService/ReportPresence': [bff],
  'boxoffice.queue.v1.QueueService/WatchEvents': [operator, 'partner:queue'],

  'boxoffice.queue.v1.QueueAdminService/OpenQueue': [operator],
  'boxoffice.queue.v1.QueueAdminService/GetQueue': [operator],
  'boxoffice.queue.v1.QueueAdminService/ListQueues': [bff, operator],
  'boxoffice.queue.v1.QueueAdminService/UpdatePolicy': [operator],
  'boxoffice.queue.v1.QueueAdminService/PauseQueue': [operator],
  'boxoffice.queue.v1.QueueAdminService/ResumeQueue': [operator],
  'boxoffice.queue.v1.QueueAdminService/CloseQueue': [operator],
  'boxoffice.queue.v1.QueueAdminService/ListActions': [operator],

  'boxoffice.queue.v1.PositionService/WatchPosition': [bff, 'partner:queue'],
  'boxoffice.queue.v1.PositionService/WatchQueue': [bff, operator],

  'boxoffice.inventory.v1.InventoryService/ListConcerts': [bff, operator, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/GetConcert': [bff, operator, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/ListSchedules': [bff, operator, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/GetSchedule': [bff, operator, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/ListSeats': [bff, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/WatchSeats': [bff, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/HoldSeats': [bff, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/ExtendHold': [bff, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/ReleaseReservation': [bff, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/GetReservation': [bff, ledger, operator, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/ListReservations': [bff, operator, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/ConfirmReservation': [ledger],
  'boxoffice.inventory.v1.InventoryService/RevokeReservation': [ledger],
  'boxoffice.inventory.v1.InventoryService/SweepExpiredHolds': [worker],
  'boxoffice.inventory.v1.InventoryService/WatchEvents': [operator, 'partner:inventory'],
  'boxoffice.inventory.v1.InventoryService/RelayOutbox': [worker],

  'boxoffice.inventory.v1.InventoryAdminService/CreateConcert': [operator],
  'boxoffice.inventory.v1.InventoryAdminService/UpdateConcert': [operator],
  'boxoffice.inventory.v1.InventoryAdminService/CreateSchedule': [operator],
  'boxoffice.inventory.v1.InventoryAdminService/ChangePrice': [operator],
  'boxoffice.inventory.v1.InventoryAdminService/CancelSchedule': [operator],
  'boxoffice.inventory.v1.InventoryAdminService/CountSeats': [operator],
  'boxoffice.inventory.v1.InventoryAdminService/ListActions': [operator],

  'boxoffice.ledger.v1.LedgerService/OpenAccount': [bff, operator, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/GetBalance': [bff, operator, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/Charge': [bff, operator, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/ChargeGroup': [bff],
  'boxoffice.ledger.v1.LedgerService/Pay': [bff, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/GetPayment': [bff, operator, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/ListEntries': [bff, operator, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/Refund': [bff, operator, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/WatchEvents': [operator, 'partner:ledger'],
  'boxoffice.ledger.v1.LedgerService/ResumePayments': [worker],
  'boxoffice.ledger.v1.LedgerService/RelayOutbox': [worker],

  'boxoffice.ledger.v1.LedgerAdminService/GetSales': [operator],
  'boxoffice.ledger.v1.LedgerAdminService/ListActions': [operator],
};
