/** The longest text that both start with, without a tag that only starts there. */
export function commonStart(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  if (length === a.length || length === b.length) return a.slice(0, length)
  return withoutHalfTag(a.slice(0, length))
}

/** The longest text that both end with, without a tag that only ends there. */
export function commonEnd(a: string, b: string): string {
  let length = 0
  while (length < Math.min(a.length, b.length) && a.at(-1 - length) === b.at(-1 - length)) length++
  const end = length === 0 ? '' : a.slice(-length)
  if (length === a.length || length === b.length) return end
  const tagEnd = end.search(/[>\]]/)
  const tagStart = end.search(/[<[]/)
  return tagEnd >= 0 && (tagStart < 0 || tagEnd < tagStart) ? end.slice(tagEnd + 1) : end
}

function withoutHalfTag(text: string): string {
  const tagStart = text.lastIndexOf('<')
  return tagStart >= 0 && !text.includes('>', tagStart) ? text.slice(0, tagStart) : text
}

/** `text` without `end`, where it ends so. */
export function withoutEnd(text: string, end: string): string {
  return end && text.endsWith(end) ? text.slice(0, -end.length) : text
}
