import type { Tool } from '@nano/core'
import type { CallReader, CallSyntax, Ending, ParsedCall } from './call-syntax.ts'

/** No name is longer, so what is longer is no tag, and never held back. */
const longest = 100
const begins = '<function='
/** Whatever follows, it is no call: what was read is text, and read again behind this. */
const none: Ending = { at: begins.length }
const tags = new RegExp(
  `<(?:(/parameter|/function|/?tool_call)|parameter=([^<>\\n]{1,${longest}})|function=([^<>\\n]{1,${longest}}))>`,
  'g',
)

/**
 * Calls as `<function=name>` with a `<parameter=name>` for each value. Values have no quotes: the
 * tool's schema says which are text. A value may have the tags in it. It ends without its own where
 * the next known parameter begins on a line, and where the tags that close a call are followed by
 * another call, or by nothing.
 */
export function functionSyntax(tools: readonly Tool[]): CallSyntax {
  return { begins, bare: true, reader: ({ bare }) => reader(tools, bare) }
}

interface Tag {
  readonly at: number
  readonly end: number
  /** As in `/function` and `tool_call`; else one of the names. */
  readonly kind: string | undefined
  readonly parameter: string | undefined
  readonly called: string | undefined
}

function reader(tools: readonly Tool[], bare: boolean): CallReader {
  let written = ''
  /** The end of what was read, where it may be the beginning of a tag. */
  let tail = ''
  let name = ''
  const values: [key: string, value: string][] = []
  let parameter: { readonly key: string; readonly from: number } | undefined
  /**
   * Inside a parameter: where its value ends if the tags that closed the call were not a part of
   * it, and where the last of them ends.
   */
  let closed: { readonly at: number; readonly end: number; readonly next?: number } | undefined
  /** Where the last tag outside of a parameter ends. */
  let since = 0
  /** Something stands between parameters, so it is no call. */
  let stray = false

  const schema = () => tools.find((tool) => tool.name === name)?.parameters
  const blank = (from: number, to: number) => written.slice(from, to).trim() === ''

  function close(to: number): void {
    if (parameter)
      values.push([
        parameter.key,
        written.slice(parameter.from, to).replace(/^\n/, '').replace(/\n$/, ''),
      ])
    parameter = undefined
    closed = undefined
  }

  function whole(): ParsedCall | undefined {
    return stray
      ? undefined
      : {
          name,
          input: Object.fromEntries(
            values.map(([key, value]) => [key, read(value, propertyOf(schema(), key))]),
          ),
        }
  }

  function first({ at, end, called }: Tag): Ending | undefined {
    if (at > 0 || called === undefined || (bare && !tools.some((tool) => tool.name === called)))
      return none
    name = called
    since = end
    return undefined
  }

  function between({ at, end, kind, parameter: key }: Tag): Ending | undefined {
    stray ||= !blank(since, at) || kind === '/parameter'
    since = end
    if (key !== undefined) parameter = { key, from: end }
    else if (kind === '/function') return { at: end, call: whole() }
    else if (kind === '/tool_call') return { at, call: whole(), closer: '</tool_call>' }
    else if (kind !== '/parameter') return { at, call: whole() }
    return undefined
  }

  function inside(
    { at, end, kind, parameter: key, called }: Tag,
    from: number,
  ): Ending | undefined {
    const follows = closed !== undefined && blank(closed.end, at)
    if (kind === '/parameter') {
      close(at)
      since = end
    } else if (
      key !== undefined &&
      propertyOf(schema(), key) !== undefined &&
      (at === from || written.charAt(at - 1) === '\n')
    ) {
      close(at)
      parameter = { key, from: end }
    } else if (closed && follows && called !== undefined) {
      const start = closed.next ?? at
      close(closed.at)
      return { at: start, call: whole() }
    } else if (kind === '/function') closed = { at, end }
    else if (kind === '/tool_call') closed = { at: closed && follows ? closed.at : at, end }
    else if (kind === 'tool_call' && closed && follows) closed = { at: closed.at, end, next: at }
    return undefined
  }

  return {
    get written() {
      return written
    },
    read(text) {
      const fresh = tail + text
      const start = written.length - tail.length
      written += text
      let last = 0
      for (const {
        index,
        0: { length },
        1: kind,
        2: key,
        3: called,
      } of fresh.matchAll(tags)) {
        last = index + length
        const tag: Tag = { at: start + index, end: start + last, kind, parameter: key, called }
        const ending =
          name === '' ? first(tag) : parameter ? inside(tag, parameter.from) : between(tag)
        if (ending) return ending
      }
      const begun = fresh.lastIndexOf('<')
      tail = begun >= last && couldBeTag(fresh.slice(begun)) ? fresh.slice(begun) : ''
      return name === '' && !couldBeTag(written) ? none : undefined
    },
    mended() {
      if (parameter && (!closed || !blank(closed.end, written.length))) return undefined
      if (closed) close(closed.at)
      else {
        const rest = written.slice(since).trim()
        stray ||= !['</function>', '</tool_call>'].some((tag) => tag.startsWith(rest))
        if (values.length === 0) return undefined
      }
      return whole()
    },
  }
}

function couldBeTag(text: string): boolean {
  return text.length <= longest + '<parameter='.length && !/[<>\n]/.test(text.slice(1))
}

function propertyOf(schema: Tool['parameters'] | undefined, key: string): unknown {
  const properties = schema?.properties
  return typeof properties === 'object' && properties !== null && Object.hasOwn(properties, key)
    ? Reflect.get(properties, key)
    : undefined
}

function read(value: string, property: unknown): unknown {
  const type: unknown =
    typeof property === 'object' && property !== null ? Reflect.get(property, 'type') : undefined
  if (type === undefined || type === 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
