import type { Message } from '@nano/core'
import { probeQuestion, probeWords, type RenderProbe, tryRender } from './template-probe.ts'

/** The marks around a thought, as a template writes them. */
export interface ThoughtMarks {
  readonly open: string
  /** The mark and the white space before the thought. */
  readonly openingText: string
  readonly close: string
  /** What stands between a thought and the answer, `close` included. */
  readonly closingText: string
  /** The field of a message in which the template looks for the thought. */
  readonly field: string
  /** Whether a prompt shows the marks, which are else only mentioned in the source. */
  readonly isRendered: boolean
}

/** The fields in which templates look for the thought of a past reply. */
const thoughtFields = ['reasoning_content', 'reasoning', 'thinking', 'thought'] as const

/** Marks of models whose templates drop every past thought. */
const knownMarks: readonly (readonly [open: string, close: string])[] = [
  ['<think>', '</think>'],
  ['[THINK]', '[/THINK]'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|inner_prefix|>', '<|inner_suffix|>'],
  ['<seed:think>', '</seed:think>'],
  ['<thought>', '</thought>'],
  ['◁think▷', '◁/think▷'],
  ['<|channel>thought', '<channel|>'],
  // Granite 3.2: https://huggingface.co/ibm-granite/granite-3.2-8b-instruct
  ['Here is my thought process:', 'Here is my response:'],
]

/** The marks of most models, for one whose template switches reasoning and names none. */
export const commonMarks: ThoughtMarks = {
  open: '<think>',
  openingText: '<think>\n',
  close: '</think>',
  closingText: '\n</think>\n\n',
  field: 'reasoning_content',
  isRendered: false,
}

/**
 * Learns the marks from a past reply with a thought, in the places where templates keep it, else
 * from an empty thought that a prompt with reasoning off begins with, else from known marks.
 */
export function learnThought(render: RenderProbe, template: string): ThoughtMarks | undefined {
  return learnFromReply(render) ?? findKnownMarks(render, template)
}

function learnFromReply(render: RenderProbe): ThoughtMarks | undefined {
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
      const renderedText = tryRender(render, messages, { thoughtField: field })
      const marks = renderedText === undefined ? undefined : findMarks(renderedText)
      if (marks) return { ...marks, field, isRendered: true }
    }
  return undefined
}

/** What is longer holds more than the end of a thought, such as a call. */
const maxClosingLength = 60

/** A tag of markup: `<think>`, `<|START_THINKING|>`, `[THINK]`, `◁think▷`. */
const tag = /<[^<>\s][^<>]*>|\[\/?[A-Z][A-Z_]*\]|◁[^◁▷]+▷/g

function findMarks(renderedText: string): Omit<ThoughtMarks, 'field' | 'isRendered'> | undefined {
  const { question, thought, answer } = probeWords
  const at = renderedText.indexOf(thought)
  if (at < 0) return undefined
  const before = renderedText.slice(renderedText.indexOf(question) + question.length, at)
  const answerAt = renderedText.indexOf(answer, at)
  const after = renderedText.slice(at + thought.length, answerAt < 0 ? undefined : answerAt)
  const openAt = [...before.matchAll(tag)].at(-1)?.index
  const [close] = after.match(tag) ?? []
  if (openAt === undefined || close === undefined) return undefined
  const closedText = after.slice(0, after.indexOf(close) + close.length)
  const isWhole = answerAt >= 0 && after.length <= maxClosingLength
  const openingText = before.slice(openAt)
  return {
    open: openingText.trim(),
    openingText,
    close,
    closingText: isWhole ? after : closedText,
  }
}

function findKnownMarks(render: RenderProbe, template: string): ThoughtMarks | undefined {
  const marks = knownMarks.find((pair) => pair.some((mark) => template.includes(mark)))
  if (!marks) return undefined
  const [open, close] = marks
  const prompts = [true, false].map((isOn) =>
    tryRender(render, [probeQuestion], {
      opensReply: true,
      variables: { enable_thinking: isOn },
    }),
  )
  const closings = prompts.flatMap((prompt) => findEmptyThought(prompt ?? '', marks) ?? [])
  return {
    open,
    openingText: `${open}\n`,
    close,
    closingText: closings[0] ?? `\n${close}\n\n`,
    field: 'reasoning_content',
    isRendered: prompts.some((prompt) => prompt?.includes(open)),
  }
}

/** What stands behind an empty thought's opening mark at the end of a prompt. */
function findEmptyThought(
  prompt: string,
  [open, close]: readonly [open: string, close: string],
): string | undefined {
  const closing = prompt.slice(prompt.lastIndexOf(open) + open.length)
  // Between the marks of an empty thought stands a line break for each side of it.
  return prompt.includes(open) && closing.trim() === close
    ? closing.replace(/^\n\n/, '\n')
    : undefined
}
