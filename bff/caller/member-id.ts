const memberIdPattern = /^\P{Cc}{1,64}$/u;

/** Tells whether a text can be the id of a member: 1 to 64 characters, none of them a control character. */
export function isMemberId(text: string): boolean {
  return text.isWellFormed() && memberIdPattern.test(text);
}
