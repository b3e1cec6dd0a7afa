// The generated code of google.rpc: how a refusal travels in a gRPC status.

export * from './gen/google/rpc/status_pb.js';
export * from './gen/google/rpc/error_details_pb.js';
