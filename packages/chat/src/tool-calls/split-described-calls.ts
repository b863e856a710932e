import type { ReasoningSplitter } from '@nano/core/driver'
import { unwrapAnswer } from '../reply/unwrap-answer.ts'
import type { CallDescription } from './call-description.ts'
import { findCallMarks } from './call-marks.ts'
import type { CallSyntax, CallTags, ToolCallOptions } from './call-syntax.ts'
import { describedCalls } from './described-calls.ts'
import { jsonCalls } from './json-calls.ts'
import { splitTaggedCalls } from './split-tagged-calls.ts'
import { xmlCalls } from './xml-calls.ts'

/** Small models write a call as the code of their answer. */
const fences: readonly CallTags[] = ['```json\n', '```\n'].map((open) => ({
  open,
  close: '```',
  needsReplyStart: true,
}))

/** A list of calls that has no tag before it, in JSON or in Python. */
const bareList: CallTags = { open: '[', needsReplyStart: true }

/** Turns the calls that a description tells of into parts; `splitter` gets the rest. */
export function splitDescribedCalls(
  splitter: ReasoningSplitter,
  description: CallDescription,
  options: ToolCallOptions,
): ReasoningSplitter {
  const { tag, closingTag } = findCallMarks(description)
  const syntax = chooseSyntax(description, options.tools)
  const callSplitter = splitTaggedCalls(splitter, {
    ...options,
    tags: [
      ...(tag ? [{ open: tag, close: closingTag }] : []),
      ...(description.otherTags ?? []),
      ...(syntax.needsReplyStart ? fences : []),
      ...(syntax.needsReplyStart && description.open.trim() === '[' ? [bareList] : []),
    ],
    syntax,
  })
  const open = description.textOpen?.trim()
  return open ? unwrapAnswer(callSplitter, { open, close: tag, startsOpen: false }) : callSplitter
}

function chooseSyntax(description: CallDescription, tools: ToolCallOptions['tools']): CallSyntax {
  const { body, callOpen } = description
  const { start } = findCallMarks(description)
  if (body.type === 'json' && !start) return jsonCalls(body)
  if (body.type === 'parameters' && callOpen.includes('<function='))
    return xmlCalls(tools, body.parameter)
  return describedCalls(description, tools)
}
