import type { Tool } from '@nano/core'
import { allowsText, parseArgument, trimLine } from './argument-value.ts'
import type { ParametersBody } from './call-description.ts'
import type { CallEnd, CallReader, CallSyntax, ParsedCall } from './call-syntax.ts'
import { findParameter, listsParameter } from './parameter-schemas.ts'

/** No name is longer. A longer one is no tag, and is not held back. */
const maxNameLength = 100
const callStart = '<function='
/** What was read is no call: it is text, and is read again after `callStart`. */
const noCall: CallEnd = { length: callStart.length }
const tagPattern = new RegExp(
  '<(?:(/parameter|/function|/?tool_call)|' +
    `parameter=([^<>\\n]{1,${maxNameLength}})|function=([^<>\\n]{1,${maxNameLength}}))>`,
  'g',
)

/**
 * Calls as `<function=name>` with a `<parameter=name>` for each value. Values have no quotes; the
 * tool's schema says which of them are text. A value may contain the tags. It ends without its own
 * closing tag where the next known parameter starts on a line, and where the tags that close a call
 * are followed by another call or by nothing. A line break at either end of a value is dropped
 * where `marks` has one there.
 */
export function xmlCalls(tools: readonly Tool[], marks: ParameterMarks): CallSyntax {
  return {
    start: callStart,
    canLackTag: true,
    reader: ({ lacksTag }) => xmlCallReader(tools, { marks, lacksTag }),
  }
}

/** What stands around a value. */
type ParameterMarks = Pick<ParametersBody['parameter'], 'beforeText' | 'close'>

interface Parameter {
  readonly name: string
  readonly start: number
}

interface Tag {
  readonly at: number
  readonly end: number
  /** `/parameter`, `/function`, `tool_call` or `/tool_call`; absent where a name is there. */
  readonly kind: string | undefined
  readonly parameterName: string | undefined
  readonly functionName: string | undefined
}

function xmlCallReader(
  tools: readonly Tool[],
  { marks, lacksTag }: { readonly marks: ParameterMarks; readonly lacksTag: boolean },
): CallReader {
  let source = ''
  /** The end of what was read, where it may be the start of a tag. */
  let tagStart = ''
  let functionName = ''
  const values: [name: string, value: string][] = []
  let parameter: Parameter | undefined
  /** The parameter that ended last. */
  let endedParameter: Parameter | undefined
  /**
   * Inside a parameter, after tags that close the call unless they are part of the value: where the
   * value then ends, where the last tag ends, and where the next call then starts.
   */
  let closed: { readonly at: number; readonly end: number; readonly nextAt?: number } | undefined
  /** Where the last tag outside of a parameter ends. */
  let lastTagEnd = 0
  /** Something other than white space stands between parameters, so it is no call. */
  let isBroken = false
  /** The text in hand goes on behind the tag that seemed to end it, and needs another one. */
  let isReopened = false

  const isBlank = (start: number, end: number) => source.slice(start, end).trim() === ''

  const isTextParameter = (name: string) => allowsText(findParameter(tools, functionName, name))

  function closeParameter(end: number): void {
    if (parameter) {
      values.push([parameter.name, trimLine(source.slice(parameter.start, end), marks)])
    }
    endedParameter = parameter
    parameter = undefined
    closed = undefined
    isBroken ||= isReopened
    isReopened = false
  }

  function buildCall(): ParsedCall | undefined {
    if (isBroken) return undefined
    const entries = values.map(([name, value]) => [
      name,
      parseArgument(value, findParameter(tools, functionName, name)),
    ])
    return { name: functionName, input: Object.fromEntries(entries) as object }
  }

  function readFirst({ at, end, functionName: name }: Tag): CallEnd | undefined {
    const isUnknown = lacksTag && !tools.some((tool) => tool.name === name)
    if (at > 0 || name === undefined || isUnknown) return noCall
    functionName = name
    lastTagEnd = end
    return undefined
  }

  function readBetweenParameters(tag: Tag): CallEnd | undefined {
    const { at, end, kind, parameterName } = tag
    const goesOn = kind === '/parameter' || !isBlank(lastTagEnd, at)
    if (goesOn && endedParameter && isTextParameter(endedParameter.name)) {
      // The tag before it was a part of the value.
      values.pop()
      parameter = endedParameter
      isReopened = true
      return readInParameter(tag, parameter.start)
    }
    isBroken ||= !isBlank(lastTagEnd, at) || kind === '/parameter'
    lastTagEnd = end
    if (parameterName !== undefined) parameter = { name: parameterName, start: end }
    else if (kind === '/function') return { length: end, call: buildCall() }
    else if (kind === '/tool_call')
      return { length: at, call: buildCall(), closingTag: '</tool_call>' }
    else if (kind !== '/parameter') return { length: at, call: buildCall() }
    return undefined
  }

  function readInParameter(
    { at, end, kind, parameterName, functionName: nextFunction }: Tag,
    start: number,
  ): CallEnd | undefined {
    const followsClosed = closed !== undefined && isBlank(closed.end, at)
    // What stands behind the value was no part of it.
    if (isReopened && tools.some(({ name }) => name === nextFunction))
      return { length: source.slice(0, at).search(/(?:<tool_call>\s*)?$/) }
    if (kind === '/parameter') {
      isReopened = false
      closeParameter(at)
      lastTagEnd = end
    } else if (
      parameterName !== undefined &&
      listsParameter(tools, functionName, parameterName) &&
      (isReopened || at === start || source.charAt(at - 1) === '\n')
    ) {
      closeParameter(at)
      parameter = { name: parameterName, start: end }
    } else if (closed && followsClosed && nextFunction !== undefined) {
      const length = closed.nextAt ?? at
      closeParameter(closed.at)
      return { length, call: buildCall() }
    } else if (kind === '/function') closed = { at, end }
    else if (kind === '/tool_call') closed = { at: closed && followsClosed ? closed.at : at, end }
    else if (kind === 'tool_call' && closed && followsClosed)
      closed = { at: closed.at, end, nextAt: at }
    return undefined
  }

  return {
    get source() {
      return source
    },
    read(text) {
      const unreadText = tagStart + text
      const start = source.length - tagStart.length
      source += text
      let lastEnd = 0
      for (const match of unreadText.matchAll(tagPattern)) {
        lastEnd = match.index + match[0].length
        const tag: Tag = {
          at: start + match.index,
          end: start + lastEnd,
          kind: match[1],
          parameterName: match[2],
          functionName: match[3],
        }
        let callEnd: CallEnd | undefined
        if (functionName === '') callEnd = readFirst(tag)
        else if (parameter) callEnd = readInParameter(tag, parameter.start)
        else callEnd = readBetweenParameters(tag)
        if (callEnd) return callEnd
      }
      const lastOpen = unreadText.lastIndexOf('<')
      tagStart =
        lastOpen >= lastEnd && canBeTag(unreadText.slice(lastOpen))
          ? unreadText.slice(lastOpen)
          : ''
      return functionName === '' && !canBeTag(source) ? noCall : undefined
    },
    complete() {
      if (parameter && (!closed || !isBlank(closed.end, source.length))) return undefined
      if (closed) closeParameter(closed.at)
      else {
        const textAfterTag = source.slice(lastTagEnd).trim()
        isBroken ||= !['</function>', '</tool_call>'].some((tag) => tag.startsWith(textAfterTag))
        if (values.length === 0) return undefined
      }
      return buildCall()
    },
  }
}

function canBeTag(text: string): boolean {
  return text.length <= maxNameLength + '<parameter='.length && !/[<>\n]/.test(text.slice(1))
}
