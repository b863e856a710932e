/** The ids of the tokens of a piece of text. */
export type TokenModel = (text: string) => readonly number[]
