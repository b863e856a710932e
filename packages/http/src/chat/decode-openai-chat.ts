import { isJsonObject } from '@nano/core/driver'
import * as z from 'zod'
import type { ChatStep, ThoughtField, ToolCallDelta } from './chat-dialect.ts'
import { decodeLogprobs } from './decode-logprobs.ts'
import { decodeUsage } from './decode-usage.ts'

const thoughtFields: readonly ThoughtField[] = [
  'reasoning',
  'reasoning_content',
  'thinking',
  'reasoning_text',
]

/** An element of a content array, as Mistral's API has it, or of a list of thoughts. */
const contentPartSchema = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  refusal: z.string().nullish(),
  summary: z.string().nullish(),
  thinking: z.union([z.string(), z.array(z.looseObject({ text: z.string().nullish() }))]).nullish(),
})

const contentPartsSchema = z.array(contentPartSchema)

const toolCallSchema = z.object({
  // Some gateways write it as a text.
  index: z
    .union([z.int(), z.string().regex(/^\d+$/).transform(Number)])
    .nullish()
    .catch(undefined),
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
  content: z.union([z.string(), contentPartsSchema]).nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  thinking: z.string().nullish(),
  reasoning_text: z.string().nullish(),
  tool_calls: z.array(toolCallSchema).nullish(),
})

const rareMessageSchema = z.object({
  // OpenRouter and LiteLLM.
  reasoning_details: contentPartsSchema.nullish().catch(undefined),
  thinking_blocks: contentPartsSchema.nullish().catch(undefined),
  // What a model says instead of an answer.
  refusal: z.string().nullish().catch(undefined),
  // OpenAI, before `tool_calls`.
  function_call: z.unknown().optional(),
})

/**
 * The fields that are read of each chunk. A server that does not stream sends `message` instead of
 * `delta`.
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

/** The fields of few servers. */
const rareChunkSchema = z.object({
  choices: z
    .array(
      z
        .object({
          delta: rareMessageSchema.nullish(),
          message: rareMessageSchema.nullish(),
          // Moonshot.
          usage: z.unknown().optional(),
        })
        .nullish(),
    )
    .nullish(),
  x_groq: z.looseObject({}).nullish().catch(undefined),
})

/** What servers write in place of a finish reason. */
const noReason = /^(?:null|none)$/i

/** Decodes one value of a streamed chat completion. Throws a `ZodError` for another form. */
export function decodeOpenAiChat(value: unknown): ChatStep {
  const tokenText = readTokenText(value)
  return tokenText ? { text: tokenText } : decodeChunk(value)
}

/**
 * The text of a value that says nothing else, as nearly all do: to read it by the schemas would
 * take a third of the CPU of a token.
 */
function readTokenText(value: unknown): string | undefined {
  if (!isJsonObject(value) || value['usage'] || value['timings'] || value['x_groq'])
    return undefined
  const choice: unknown = Array.isArray(value['choices']) ? value['choices'][0] : undefined
  if (!isJsonObject(choice) || choice['finish_reason'] || choice['logprobs'] || choice['usage'])
    return undefined
  const delta = choice['delta']
  if (!isJsonObject(delta) || typeof delta['content'] !== 'string') return undefined
  for (const key in delta)
    if (key !== 'content' && key !== 'role' && delta[key] !== null) return undefined
  return delta['content']
}

function decodeChunk(value: unknown): ChatStep {
  const { choices, usage: ownUsage, timings } = chunkSchema.parse(value)
  const choice = choices?.[0]
  const message = choice?.delta ?? choice?.message ?? {}
  // A server may repeat the thought under a second name, so only one of them is read.
  const thoughtField = findThoughtField(message)
  const isToken = choice?.delta && !choice.finish_reason && (message.content || thoughtField)
  // A token costs no more for the fields of few servers.
  const rareFields = isToken ? {} : decodeRareFields(value)
  const parts = Array.isArray(message.content) ? message.content : undefined
  const text = typeof message.content === 'string' ? message.content : parts?.map(readText).join('')
  const thoughts =
    readThoughts(rareFields.reasoning_details) ||
    readThoughts(rareFields.thinking_blocks) ||
    readThoughts(parts)
  const toolCalls = message.tool_calls?.length ? message.tool_calls : rareFields.toolCalls
  const usage = ownUsage || rareFields.usage
  return {
    reasoning: (thoughtField && message[thoughtField]) || thoughts,
    thoughtField,
    text: text || (rareFields.refusal ?? ''),
    toolCalls: toolCalls?.map(decodeToolCall),
    logprobs: choice?.logprobs ? decodeLogprobs(choice.logprobs) : undefined,
    rawFinishReason: readFinishReason(choice?.finish_reason),
    usage: usage || timings ? decodeUsage(usage, timings) : undefined,
  }
}

function findThoughtField(message: z.infer<typeof messageSchema>): ThoughtField | undefined {
  for (const field of thoughtFields) if (message[field]) return field
  return undefined
}

function readFinishReason(reason: string | null | undefined): string | undefined {
  return reason && !noReason.test(reason) ? reason : undefined
}

interface RareFields extends Partial<z.infer<typeof rareMessageSchema>> {
  readonly toolCalls?: readonly ToolCall[] | undefined
  readonly usage?: unknown
}

function decodeRareFields(value: unknown): RareFields {
  const { choices, x_groq: groq } = rareChunkSchema.parse(value)
  const choice = choices?.[0]
  const message = choice?.delta ?? choice?.message ?? {}
  const functionCall = message.function_call
  return {
    ...message,
    toolCalls: functionCall ? [toolCallSchema.parse({ function: functionCall })] : undefined,
    usage: choice?.usage || groq?.['usage'],
  }
}

type ToolCall = z.infer<typeof toolCallSchema>
type ContentPart = z.infer<typeof contentPartSchema>

function isThought({ type }: ContentPart): boolean {
  return /^(?:thinking|reasoning)/.test(type)
}

function readThoughts(list: readonly ContentPart[] | null | undefined): string | undefined {
  return list?.map(readThought).join('')
}

function readThought(part: ContentPart): string {
  const { thinking, text, summary } = part
  if (!isThought(part)) return ''
  if (typeof thinking === 'string') return thinking
  return thinking?.map((element) => element.text ?? '').join('') ?? text ?? summary ?? ''
}

function readText(part: ContentPart): string {
  return isThought(part) ? '' : (part.text ?? part.refusal ?? '')
}

function decodeToolCall({ index, id, function: call }: ToolCall): ToolCallDelta {
  const input = call?.arguments
  return {
    ...(typeof index === 'number' && { index }),
    ...(id && { id }),
    ...(call?.name && { name: call.name }),
    ...(typeof input === 'string' && { argumentsText: input }),
    ...(typeof input !== 'string' && input !== null && input !== undefined && { input }),
  }
}
