// The types of Connect use a name that only the DOM library declares, and without it become `any`.
type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
