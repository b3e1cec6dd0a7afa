// RFC 6750: the scheme in any case, one space or more, and the token's own characters.
const bearer = /^bearer +([\w.~+/-]+=*) *$/i;

/** The token of an `Authorization: Bearer …` header; undefined when it holds none. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : bearer.exec(authorization)?.[1];
}
