// The generated code of boxoffice.audit.v1, from one place.

export * from './gen/boxoffice/audit/v1/action_pb.js';
