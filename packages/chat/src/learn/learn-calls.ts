import type { Message, Tool } from '@nano/core'
import type { CallDescription } from '../tool-calls/call-description.ts'
import { commonEnd, commonStart, withoutEnd } from './common-text.ts'
import { findCallBody, type ProbeCall } from './find-call-body.ts'
import type { ThoughtMarks } from './learn-thought.ts'
import { learnValues } from './learn-values.ts'
import { probeQuestion, probeWords, type RenderProbe, tryRender } from './template-probe.ts'
import { readsBack, verifiedCalls, verifyTool } from './verify-calls.ts'

/** Two calls that differ in everything, so that each can be found in a rendered turn. */
const probeCalls = [
  { id: 'Zqcall001', name: 'zqlook', input: { zqcity: 'Zqparis', zqunit: 'Zqmeter' }, index: 0 },
  { id: 'Zqcall002', name: 'zqfind', input: { zqstreet: 'Zqrivoli', zqtown: 'Zqrome' }, index: 1 },
] as const satisfies readonly ProbeCall[]

/** The tools that the probes call. */
const probeTools: readonly Tool[] = [
  verifyTool,
  ...probeCalls.map(({ name, input }) => ({
    name,
    description: 'Zqdescription',
    parameters: {
      type: 'object',
      properties: Object.fromEntries(Object.keys(input).map((key) => [key, { type: 'string' }])),
      required: Object.keys(input),
    },
  })),
]

/**
 * Learns how a template writes tool calls, from what differs between a turn with a call, a turn
 * with two, and a turn with text. Undefined where it writes no call, or where a reader does not
 * find again what it wrote.
 */
export function learnCalls(
  render: RenderProbe,
  thought: ThoughtMarks | undefined,
): CallDescription | undefined {
  const [first, second] = probeCalls
  // Some templates refuse a call that nothing stands beside, and write one behind a thought.
  const renderTurn = (content: string, ...calls: readonly object[]) =>
    renderReply(render, content, calls) ??
    (thought && renderReply(withThought(render, thought.field), content, calls))
  const plainTurn = renderTurn(probeWords.answer)
  const callTurn = renderTurn('', first)
  if (plainTurn === undefined || callTurn === undefined) return undefined

  const prompt = tryRender(render, [probeQuestion], { tools: probeTools, opensReply: true }) ?? ''
  // Some templates write another header before a turn with calls.
  const headerLength = Math.max(
    commonStart(plainTurn, callTurn).length,
    callTurn.startsWith(prompt) ? prompt.length : 0,
  )
  const turnEnd = plainTurn.slice(plainTurn.indexOf(probeWords.answer) + probeWords.answer.length)
  const callPlace = findCallBody(callTurn, first, headerLength)
  if (!callPlace) return undefined
  const before = withoutThought(callTurn.slice(headerLength, callPlace.start), thought)
  const tail = callTurn.slice(callPlace.end)
  const after = withoutEnd(tail, commonEnd(tail, turnEnd))
  const body = learnValues(callPlace.body, (input) => renderTurn('', { ...first, input }))

  const textTurn = renderTurn(probeWords.answer, first)
  const textOpen = findTextOpen(textTurn?.slice(headerLength) ?? '', before)
  const singleCall: CallDescription = {
    open: before.slice(textOpen.length),
    ...(textOpen && { textOpen }),
    callOpen: '',
    callClose: '',
    close: after,
    body,
  }
  const severalCalls = describeSeveral(
    singleCall,
    renderTurn('', first, second)?.slice(headerLength),
  )
  const isReadBack = (description: CallDescription, count: number) => {
    const calls = verifiedCalls.slice(0, count)
    const turn = renderTurn('', ...calls)?.slice(headerLength)
    return (
      turn !== undefined &&
      readsBack(
        withoutThought(withoutEnd(turn, commonEnd(turn, turnEnd)), thought),
        calls,
        description,
      )
    )
  }
  if (severalCalls)
    return isReadBack(severalCalls, 1) && isReadBack(severalCalls, 2) ? severalCalls : undefined
  return isReadBack(singleCall, 1) ? singleCall : undefined
}

/** Whether a template writes the first of two calls, and not the second. */
export function dropsLaterCalls(render: RenderProbe): boolean {
  const turn = renderReply(render, '', probeCalls)
  const [isFirstWritten, isSecondWritten] = probeCalls.map(({ input }) =>
    Object.values(input).every((value) => turn?.includes(value)),
  )
  return isFirstWritten === true && isSecondWritten === false
}

function renderReply(
  render: RenderProbe,
  content: string,
  calls: readonly object[],
): string | undefined {
  const reply = { role: 'assistant', content, toolCalls: calls.map(toCall) } as Message
  return tryRender(render, [probeQuestion, reply], { tools: probeTools })
}

/** Renders replies with a thought. */
function withThought(render: RenderProbe, thoughtField: string): RenderProbe {
  return (messages, options) =>
    render(
      messages.map((message) =>
        message.role === 'assistant' ? { ...message, reasoning: probeWords.thought } : message,
      ),
      { ...options, thoughtField },
    )
}

/** The mark before the text of a turn that also begins the marks before its calls; else ''. */
function findTextOpen(turn: string, beforeCalls: string): string {
  const at = turn.indexOf(probeWords.answer)
  const textOpen = at < 0 ? '' : turn.slice(0, at)
  return textOpen.trim() !== '' && beforeCalls.startsWith(textOpen) ? textOpen : ''
}

/** The description with what stands between two calls; undefined where the turn has only one. */
function describeSeveral(
  { textOpen, open: before, close: after, body }: CallDescription,
  turn: string | undefined,
): CallDescription | undefined {
  const [first, second] = probeCalls
  const firstFound = turn === undefined ? undefined : findCallBody(turn, first)
  const secondFound = turn && firstFound && findCallBody(turn, second, firstFound.end)
  if (!secondFound) return undefined
  const textBetween = turn.slice(firstFound.end, secondFound.start)
  const callClose = commonStart(textBetween, after)
  const textAfterClose = textBetween.slice(callClose.length)
  const callOpen = commonEnd(textAfterClose, before)
  return {
    open: withoutEnd(before, callOpen),
    ...(textOpen !== undefined && { textOpen }),
    callOpen,
    callClose,
    separator: withoutEnd(textAfterClose, callOpen),
    close: after.slice(callClose.length),
    body,
  }
}

/** Some templates write an empty thought before a call. */
function withoutThought(text: string, thought: ThoughtMarks | undefined): string {
  const end = thought ? text.lastIndexOf(thought.close) : -1
  return thought && end >= 0 ? text.slice(end + thought.close.length) : text
}

function toCall({ id, name, input }: Partial<ProbeCall>): object {
  return { id, name, input }
}
