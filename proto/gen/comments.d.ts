/** What the contract says about each of its elements, by full name. */
export declare const comments: Readonly<Record<string, string>>;
