const separator = /^(?:[\s,;[\]}]|```(?:(?:json|python)(?!\w))?)*/
const unfinishedFence = /^(?:`{1,2}|j|js|jso|p|py|pyt|pyth|pytho)$/

/** What may stand before a call: marks of a list, a brace too many, and a fence. */
export function findSeparator(text: string): string {
  return separator.exec(text)?.[0] ?? ''
}

/** Whether the text may go on as a fence. */
export function canBeFence(text: string): boolean {
  const separator = findSeparator(text)
  const textAfter = text.slice(separator.length)
  return unfinishedFence.test(textAfter) && (textAfter.startsWith('`') || separator.endsWith('```'))
}
