/** What stands between the quotes of a literal, or nothing where an escape is cut short. */
export function decodeStringLiteral(body: string): string | undefined {
  if (!body.includes('\\')) return body
  let isValid = true
  const decoded = body.replaceAll(escape, (sequence: string, code: string) => {
    const simple = simpleEscapes[code]
    if (simple !== undefined) return simple
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
    const hex = /^[xuU]([\da-f]+)$/i.exec(code)?.[1]
    const point = hex === undefined ? Number.NaN : Number.parseInt(hex, 16)
    if (point <= 0x10_ff_ff) return String.fromCodePoint(point)
    if (hex !== undefined || 'xuUN'.includes(code)) isValid = false
    return sequence
  })
  return isValid ? decoded : undefined
}

const escape = /\\(x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|[0-7]{1,3}|[^])/gi
const simpleEscapes: Record<string, string> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}
