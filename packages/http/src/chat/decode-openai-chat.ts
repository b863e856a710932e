import * as z from 'zod'
import type { ScoredStep, ScoredToken } from '../completions/completions-dialect.ts'
import type { ChatStep, ThoughtField, ToolCallDelta } from './chat-dialect.ts'
import { decodeUsage } from './decode-usage.ts'

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
      // The first piece of a call may have none.
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

const scoredTokenSchema = z.object({
  id: z.int().nullish(),
  token: z.string(),
  bytes: z.array(z.int()).nullish(),
  logprob: z.number().nullish(),
})
const logprobsSchema = z.object({
  content: z
    .array(scoredTokenSchema.extend({ top_logprobs: z.array(scoredTokenSchema).nullish() }))
    .nullish(),
})
type ScoredEntry = NonNullable<z.infer<typeof logprobsSchema>['content']>[number]

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
          // Parsed where it is not null, because this schema is applied to each token.
          logprobs: z.unknown().optional(),
        })
        .nullish(),
    )
    .nullish(),
  usage: z.unknown().optional(),
  timings: z.unknown().optional(),
})

/** Decodes one value of a streamed chat completion. Throws a `ZodError` for another form. */
export function decodeOpenAiChat(value: unknown): ChatStep {
  const { choices, usage, timings } = chunkSchema.parse(value)
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
    logprobs: choice?.logprobs ? decodeLogprobs(choice.logprobs) : undefined,
    rawFinishReason: choice?.finish_reason || undefined,
    usage: usage || timings ? decodeUsage(usage, timings) : undefined,
  }
}

function readThought({ type, thinking, text }: z.infer<typeof contentPartSchema>): string {
  if (type !== 'thinking' && type !== 'reasoning') return ''
  if (typeof thinking === 'string') return thinking
  return thinking?.map((part) => part.text ?? '').join('') ?? text ?? ''
}

/** Without the id of a token, a log-probability says nothing. */
function decodeLogprobs(logprobs: unknown): readonly ScoredStep[] | undefined {
  return logprobsSchema.safeParse(logprobs).data?.content?.flatMap(decodeScoredStep)
}

function decodeScoredStep({
  top_logprobs: top,
  ...scoredToken
}: ScoredEntry): readonly ScoredStep[] {
  const alternatives = (top ?? []).flatMap(decodeScoredToken).sort((a, b) => b.logprob - a.logprob)
  return decodeScoredToken(scoredToken).map((token) => ({ ...token, top: alternatives }))
}

/**
 * llama-server gives ids beside texts. vLLM writes `token_id:5` in place of the text, whose bytes
 * it gives for a sampled token alone.
 */
function decodeScoredToken({
  id,
  token: text,
  bytes,
  logprob,
}: z.infer<typeof scoredTokenSchema>): readonly ScoredToken[] {
  const score = logprob ?? -Infinity
  if (typeof id === 'number') return [{ token: id, text, logprob: score }]
  const writtenId = /^token_id:(\d+)$/.exec(text)?.[1]
  if (writtenId === undefined) return []
  const ownText = bytes ? new TextDecoder().decode(new Uint8Array(bytes)) : text
  return [{ token: Number(writtenId), logprob: score, ...(ownText !== text && { text: ownText }) }]
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
