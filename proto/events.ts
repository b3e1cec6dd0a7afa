// The generated code of boxoffice.events.v1, from one place.

export * from './gen/boxoffice/events/v1/event_pb.js';
