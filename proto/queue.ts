// The generated code of boxoffice.queue.v1, from one place.

export * from './gen/boxoffice/queue/v1/ticket_pb.js';
export * from './gen/boxoffice/queue/v1/queue_service_pb.js';
export * from './gen/boxoffice/queue/v1/queue_admin_service_pb.js';
export * from './gen/boxoffice/queue/v1/position_service_pb.js';
