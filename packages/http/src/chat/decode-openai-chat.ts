import type { Usage } from '@nano/core'
import * as z from 'zod'
import type { ChatStep, ThoughtField, ToolCallDelta } from './chat-dialect.ts'

const thoughtFields: readonly ThoughtField[] = ['reasoning', 'reasoning_content', 'thinking']

/** An element of a content array, as Mistral's API has it. */
const contentPartSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z
    .union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))])
    .optional(),
})

const toolCallSchema = z.object({
  index: z.int().nullish(),
  id: z.string().nullish().catch(undefined),
  function: z
    .object({
      name: z.string().nullish(),
      arguments: z.unknown().optional(),
    })
    .nullish(),
})

const messageSchema = z.object({
  content: z.union([z.string(), z.array(contentPartSchema)]).nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  thinking: z.string().nullish(),
  tool_calls: z.array(toolCallSchema).nullish(),
})

const countSchema = z.int().min(0).nullish()

/**
 * The fields that are read of a chunk; all others are ignored. A server that does not stream sends
 * `message` instead of `delta`.
 */
const chunkSchema = z.object({
  choices: z
    .array(
      z
        .object({
          delta: messageSchema.nullish(),
          message: messageSchema.nullish(),
          finish_reason: z.string().nullish(),
        })
        .nullish(),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: countSchema,
      completion_tokens: countSchema,
      reasoning_tokens: countSchema,
      prompt_cache_hit_tokens: countSchema,
      prompt_tokens_details: z.object({ cached_tokens: countSchema }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: countSchema }).nullish(),
    })
    .nullish()
    // A reply with counts of another form is still a reply.
    .catch(undefined),
})

/** Decodes one value of a streamed chat completion. Throws a `ZodError` for another form. */
export function decodeOpenAiChat(value: unknown): ChatStep {
  const { choices, usage } = chunkSchema.parse(value)
  const choice = choices?.[0]
  const message = choice?.delta ?? choice?.message ?? {}
  const { content, tool_calls: toolCalls } = message
  // A server may repeat the thought under a second name, so only one of them is read.
  const thoughtField = thoughtFields.find((field) => message[field])
  const parts = Array.isArray(content) ? content : undefined
  return {
    reasoning: (thoughtField && message[thoughtField]) || parts?.map(readThought).join(''),
    thoughtField,
    text:
      typeof content === 'string'
        ? content
        : parts?.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join(''),
    toolCalls: toolCalls?.map(decodeToolCall),
    rawFinishReason: choice?.finish_reason || undefined,
    usage: usage ? decodeUsage(usage) : undefined,
  }
}

function readThought({ type, thinking, text }: z.infer<typeof contentPartSchema>): string {
  if (type !== 'thinking' && type !== 'reasoning') return ''
  if (typeof thinking === 'string') return thinking
  return thinking?.map((part) => part.text ?? '').join('') ?? text ?? ''
}

function decodeToolCall({
  index,
  id,
  function: call,
}: z.infer<typeof toolCallSchema>): ToolCallDelta {
  const input = call?.arguments
  return {
    ...(typeof index === 'number' && { index }),
    ...(id && { id }),
    ...(call?.name && { name: call.name }),
    ...(typeof input === 'string' && { argumentsText: input }),
    ...(typeof input !== 'string' && input !== null && input !== undefined && { input }),
  }
}

function decodeUsage(usage: NonNullable<z.infer<typeof chunkSchema>['usage']>): Usage {
  const { prompt_tokens: input, completion_tokens: output } = usage
  const cachedInput = usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? usage.reasoning_tokens
  return {
    // Servers send 0 for a count that they did not make.
    ...(input && { input }),
    ...(typeof cachedInput === 'number' && { cachedInput }),
    ...(output && { output }),
    ...(typeof reasoning === 'number' && { reasoning }),
  }
}
