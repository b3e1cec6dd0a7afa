/** What a caller's own `X-Request-Id` has to look like to be taken over. */
export const requestIdPattern = /^[\w.:-]{8,128}$/;
