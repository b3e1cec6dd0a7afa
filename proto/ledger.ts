// The generated code of boxoffice.ledger.v1, from one place.

export * from './gen/boxoffice/ledger/v1/account_pb.js';
export * from './gen/boxoffice/ledger/v1/payment_pb.js';
export * from './gen/boxoffice/ledger/v1/ledger_service_pb.js';
export * from './gen/boxoffice/ledger/v1/ledger_admin_service_pb.js';
