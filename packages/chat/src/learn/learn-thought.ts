import type { Message } from '@nano/core'
import { probeQuestion, probeWords, type RenderProbe, tryRender } from './template-probe.ts'

/** The marks around a thought, as a template writes them. */
export interface ThoughtMarks {
  readonly open: string
  readonly close: string
  /** What stands between a thought and the answer, `close` included. */
  readonly closingText: string
  /** The field of a message in which the template looks for the thought. */
  readonly field: string
}

/** The fields in which templates look for the thought of a past reply. */
const thoughtFields = ['reasoning_content', 'reasoning', 'thinking', 'thought'] as const

/** Learns the marks from a past reply with a thought, in the places where templates keep it. */
export function learnThought(render: RenderProbe): ThoughtMarks | undefined {
  const { thought, answer } = probeWords
  const reply: Message = { role: 'assistant', content: answer, reasoning: thought }
  const call = { id: 'Zqcall001', name: 'zqlook', input: { zqcity: 'Zqparis' } }
  const result: Message = { role: 'tool', toolCallId: call.id, output: 'Zqresult' }
  const conversations: readonly (readonly Message[])[] = [
    [probeQuestion, reply],
    [probeQuestion, reply, probeQuestion],
    [probeQuestion, { ...reply, toolCalls: [call] }, result],
  ]
  for (const messages of conversations)
    for (const field of thoughtFields) {
      const rendered = tryRender(render, messages, { thoughtField: field })
      const marks = rendered === undefined ? undefined : findMarks(rendered)
      if (marks) return { ...marks, field }
    }
  return undefined
}

/** A tag of markup: `<think>`, `<|START_THINKING|>`, `[THINK]`. */
const tag = /<[^<>\s][^<>]*>|\[\/?[A-Z][A-Z_]*\]/g

function findMarks(rendered: string): Omit<ThoughtMarks, 'field'> | undefined {
  const { question, thought, answer } = probeWords
  const at = rendered.indexOf(thought)
  if (at < 0) return undefined
  const before = rendered.slice(rendered.indexOf(question) + question.length, at)
  const answerAt = rendered.indexOf(answer, at)
  const after = rendered.slice(at + thought.length, answerAt < 0 ? undefined : answerAt)
  const openAt = [...before.matchAll(tag)].at(-1)?.index
  const [close] = after.match(tag) ?? []
  if (openAt === undefined || close === undefined) return undefined
  const closeAt = after.indexOf(close)
  const closingText = answerAt < 0 ? after.slice(0, closeAt + close.length) : after
  return { open: before.slice(openAt).trim(), close, closingText }
}
