/** What may stand before a call: marks of a list, and the fence that some models write. */
export function findSeparator(text: string): string {
  return /^([\s,[\]]|```(json(?!\w))?)*/.exec(text)?.[0] ?? ''
}

/** Whether the text may go on as a fence. */
export function canBeFence(text: string): boolean {
  return /^[\s,[\]]*(`{1,2}|```(j|js|jso))$/.test(text)
}
