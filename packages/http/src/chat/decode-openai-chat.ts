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
  // OpenRouter and LiteLLM.
  reasoning_details: contentPartsSchema.nullish().catch(undefined),
  thinking_blocks: contentPartsSchema.nullish().catch(undefined),
  // What a model says instead of an answer.
  refusal: z.string().nullish().catch(undefined),
  // OpenAI, before `tool_calls`.
  function_call: z.unknown().optional(),
})

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
          // Moonshot.
          usage: z.unknown().optional(),
          logprobs: z.unknown().optional(),
        })
        .nullish(),
    )
    .nullish(),
  usage: z.unknown().optional(),
  x_groq: z.looseObject({}).nullish().catch(undefined),
  timings: z.unknown().optional(),
})

/** What servers write in place of a finish reason. */
const noReason = /^(?:null|none)$/i

/** Decodes one value of a streamed chat completion. Throws a `ZodError` for another form. */
export function decodeOpenAiChat(value: unknown): ChatStep {
  return decodeToken(value) ?? decodeChunk(value)
}

/**
 * Decodes a value that has a piece of text or of a thought and nothing else, as nearly all have: to
 * read it by the schemas would take a third of the CPU of a token.
 */
function decodeToken(value: unknown): ChatStep | undefined {
  if (!isJsonObject(value) || value['usage'] || value['timings'] || value['x_groq'])
    return undefined
  const choice: unknown = Array.isArray(value['choices']) ? value['choices'][0] : undefined
  if (!isJsonObject(choice) || choice['finish_reason'] || choice['logprobs'] || choice['usage'])
    return undefined
  const delta = choice['delta']
  if (!isJsonObject(delta)) return undefined
  let step: ChatStep | undefined
  for (const key in delta) {
    const piece = delta[key]
    if (key === 'role' || piece === null || piece === '') continue
    if (step || typeof piece !== 'string') return undefined
    const thoughtField = thoughtFields.find((field) => field === key)
    if (key === 'content') step = { text: piece }
    else if (thoughtField) step = { reasoning: piece, thoughtField }
    else return undefined
  }
  return step
}

function decodeChunk(value: unknown): ChatStep {
  const { choices, usage: ownUsage, x_groq: groq, timings } = chunkSchema.parse(value)
  const choice = choices?.[0]
  const message = choice?.delta ?? choice?.message ?? {}
  const { content, refusal, function_call: functionCall } = message
  // A server may repeat the thought under a second name, so only one of them is read.
  const thoughtField = thoughtFields.find((field) => message[field])
  const parts = Array.isArray(content) ? content : undefined
  const text = typeof content === 'string' ? content : parts?.map(readText).join('')
  const listedThoughts =
    readThoughts(message.reasoning_details) ||
    readThoughts(message.thinking_blocks) ||
    readThoughts(parts)
  const oldCall = functionCall ? [toolCallSchema.parse({ function: functionCall })] : undefined
  const toolCalls = message.tool_calls?.length ? message.tool_calls : oldCall
  const usage = ownUsage || choice?.usage || groq?.['usage']
  return {
    reasoning: (thoughtField && message[thoughtField]) || listedThoughts,
    thoughtField,
    text: text || (refusal ?? ''),
    toolCalls: toolCalls?.map(decodeToolCall),
    logprobs: choice?.logprobs ? decodeLogprobs(choice.logprobs) : undefined,
    rawFinishReason: readFinishReason(choice?.finish_reason),
    usage: usage || timings ? decodeUsage(usage, timings) : undefined,
  }
}

function readFinishReason(reason: string | null | undefined): string | undefined {
  return reason && !noReason.test(reason) ? reason : undefined
}

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
