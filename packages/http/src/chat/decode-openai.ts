import type { Usage } from '@nano/core'
import * as z from 'zod'
import type { CallDelta, ChatStep } from './chat-dialect.ts'

const textPart = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z
    .union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))])
    .optional(),
})

const call = z.object({
  index: z.int().nullish(),
  id: z.string().nullish(),
  function: z
    .object({
      name: z.string().nullish(),
      arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
    })
    .nullish(),
})

const said = z.object({
  content: z.union([z.string(), z.array(textPart)]).nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  thinking: z.string().nullish(),
  tool_calls: z.array(call).nullish(),
})

const count = z.int().min(0).nullish()

/**
 * What is read of a chunk; everything else is ignored. A server that does not stream has `message`
 * where others have `delta`.
 */
const chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: said.nullish(),
        message: said.nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      reasoning_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: count }).nullish(),
    })
    .nullish(),
})

/** One value of a streamed chat completion. Throws a `ZodError` for what is none. */
export function decodeOpenAi(value: unknown): ChatStep {
  const {
    choices: [choice],
    usage,
  } = chunk.parse(value)
  const {
    content,
    reasoning,
    reasoning_content: reasoningContent,
    thinking,
    tool_calls: calls,
  } = choice?.delta ?? choice?.message ?? {}
  const parts = Array.isArray(content) ? content : undefined
  return {
    // One thought under several names is one thought.
    reasoning: reasoning || reasoningContent || thinking || parts?.map(thoughtIn).join(''),
    text:
      typeof content === 'string'
        ? content
        : parts?.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join(''),
    calls: calls?.map(delta),
    reason: choice?.finish_reason || undefined,
    usage: usage ? counts(usage) : undefined,
  }
}

function thoughtIn({ type, thinking, text }: z.infer<typeof textPart>): string {
  if (type !== 'thinking' && type !== 'reasoning') return ''
  if (typeof thinking === 'string') return thinking
  return thinking?.map((part) => part.text ?? '').join('') ?? text ?? ''
}

function delta({ index, id, function: called }: z.infer<typeof call>): CallDelta {
  const written = called?.arguments
  return {
    ...(typeof index === 'number' && { index }),
    ...(id && { id }),
    ...(called?.name && { name: called.name }),
    ...(typeof written === 'string' && { text: written }),
    ...(typeof written === 'object' && written !== null && { input: written }),
  }
}

function counts(usage: NonNullable<z.infer<typeof chunk>['usage']>): Usage {
  const { prompt_tokens: input, completion_tokens: output } = usage
  const cached = usage.prompt_tokens_details?.cached_tokens
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? usage.reasoning_tokens
  return {
    // A count of nothing is a count that was not made.
    ...(input && { input }),
    ...(typeof cached === 'number' && { cachedInput: cached }),
    ...(output && { output }),
    ...(typeof reasoning === 'number' && { reasoning }),
  }
}
