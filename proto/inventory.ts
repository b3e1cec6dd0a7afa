// The generated code of boxoffice.inventory.v1, from one place.

export * from './gen/boxoffice/inventory/v1/catalog_pb.js';
export * from './gen/boxoffice/inventory/v1/reservation_pb.js';
export * from './gen/boxoffice/inventory/v1/inventory_service_pb.js';
export * from './gen/boxoffice/inventory/v1/inventory_admin_service_pb.js';
