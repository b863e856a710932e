import { TemplateSyntaxError } from '../errors.ts'
import { isSpace } from '../text/white-space.ts'
import { readExpressionToken } from './expression-tokens.ts'
import type { Token } from './tokens.ts'

/**
 * Cuts a template into tokens as transformers configures Jinja: a line break after a tag is dropped
 * (`trim_blocks`), so is white space before a tag that starts a line (`lstrip_blocks`), and so is a
 * line break at the template's end. Takes time linear in the template's length.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let offset = 0
  let startsLine = true

  while (offset < source.length) {
    const tag = findTag(source, offset)
    const text = source.slice(offset, tag?.offset)
    if (!tag) {
      pushData(tokens, text, offset)
      break
    }
    pushData(tokens, stripBefore(text, tag, startsLine), offset)

    if (tag.type === 'comment') {
      const end = source.indexOf('#}', tag.end)
      if (end < 0) throw syntaxError('missing end of comment tag', source, tag.offset)
      const isSigned = end > tag.end
      offset = skipAfter(source, end + 2, isSigned ? source[end - 1] : undefined)
    } else if (tag.type === 'raw') {
      const end = findEndOfRaw(source, tag.end)
      const raw = source.slice(tag.end, end.offset)
      const rawStartsLine = source[tag.end - 1] === '\n'
      pushData(tokens, stripBefore(raw, end, rawStartsLine), tag.end)
      offset = end.end
    } else {
      offset = readTag(source, tag, tokens)
    }
    startsLine = source[offset - 1] === '\n'
  }

  tokens.push({ type: 'end', value: '', offset: source.length })
  return tokens
}

export function syntaxError(message: string, source: string, offset: number): TemplateSyntaxError {
  return new TemplateSyntaxError(message, source.slice(0, offset).split('\n').length)
}

interface Tag {
  readonly type: 'block' | 'variable' | 'comment' | 'raw'
  readonly offset: number
  /** Behind its opening braces and sign. */
  readonly end: number
  readonly sign: string | undefined
}

function findTag(source: string, start: number): Tag | undefined {
  for (let offset = start; ; offset += 1) {
    offset = source.indexOf('{', offset)
    if (offset < 0) return undefined
    const type = tagTypes[source[offset + 1] ?? '']
    if (!type) continue

    const raw = type === 'block' && matchAt(rawBegin, source, offset)
    if (raw) return { type: 'raw', offset, end: offset + raw[0].length, sign: raw[1] }
    const sign = source[offset + 2]
    const isSigned = sign === '-' || sign === '+'
    return { type, offset, end: offset + (isSigned ? 3 : 2), sign: isSigned ? sign : undefined }
  }
}

const tagTypes: Record<string, Tag['type']> = { '{': 'variable', '%': 'block', '#': 'comment' }
const rawBegin = /\{%([-+]?)\s*raw\s*(?:-%\}\s*|%\})/y
const rawEnd = /\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)/y

function findEndOfRaw(source: string, start: number): Tag {
  for (let offset = start; ; offset += 1) {
    offset = source.indexOf('{%', offset)
    if (offset < 0) throw syntaxError('missing end of raw tag', source, start)
    const match = matchAt(rawEnd, source, offset)
    if (match) return { type: 'block', offset, end: offset + match[0].length, sign: match[1] }
  }
}

function matchAt(pattern: RegExp, source: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset
  return pattern.exec(source)
}

function pushData(tokens: Token[], value: string, offset: number): void {
  if (value) tokens.push({ type: 'data', value, offset })
}

function stripBefore(text: string, tag: Tag, startsLine: boolean): string {
  if (tag.sign === '-') return trimEnd(text)
  if (tag.sign === '+' || tag.type === 'variable') return text
  const lineStart = text.lastIndexOf('\n') + 1
  if (lineStart === 0 && !startsLine) return text
  return trimEnd(text.slice(lineStart)) ? text : text.slice(0, lineStart)
}

function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text[end - 1])) end -= 1
  return text.slice(0, end)
}

/** The offset behind a tag and the white space that its closing sign drops. */
function skipAfter(source: string, end: number, sign: string | undefined): number {
  let offset = end
  if (sign === '-') while (isSpace(source[offset])) offset += 1
  else if (sign !== '+' && source[offset] === '\n') offset += 1
  return offset
}

/** Adds the tokens of a block or variable tag and returns the offset behind it. */
function readTag(source: string, tag: Tag, tokens: Token[]): number {
  const kind = tag.type === 'block' ? 'block' : 'variable'
  const close = kind === 'block' ? '%}' : '}}'
  tokens.push({ type: `${kind}-begin`, value: '', offset: tag.offset })
  const open: string[] = []

  for (let offset = tag.end; ;) {
    while (isSpace(source[offset])) offset += 1
    if (offset >= source.length) throw syntaxError('missing end of tag', source, tag.offset)

    const first = source[offset] ?? ''
    const isSigned = first === '-' || (first === '+' && kind === 'block')
    const closing = isSigned ? offset + 1 : offset
    if (open.length === 0 && source.startsWith(close, closing)) {
      tokens.push({ type: `${kind}-end`, value: '', offset })
      const end = closing + 2
      if (kind === 'variable' && !isSigned) return end
      return skipAfter(source, end, isSigned ? first : undefined)
    }

    const token = readExpressionToken(source, offset)
    if (!token) throw syntaxError(`unexpected character ${JSON.stringify(first)}`, source, offset)
    if (token.type === 'operator' && !keepsBalance(open, token.value))
      throw syntaxError(`unexpected '${first}'`, source, offset)
    tokens.push(token)
    offset = token.end
  }
}

/** Follows the brackets; false where one closes that is not open. */
function keepsBalance(open: string[], operator: string): boolean {
  const closing = closings[operator]
  if (closing) open.push(closing)
  return closing !== undefined || !')]}'.includes(operator) || open.pop() === operator
}

const closings: Record<string, string> = { '(': ')', '[': ']', '{': '}' }
