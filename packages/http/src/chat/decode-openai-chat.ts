import * as z from 'zod'
import type { ScoredStep, ScoredToken } from '../completions/completions-dialect.ts'
import type { ChatStep, ThoughtField, ToolCallDelta } from './chat-dialect.ts'
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
  // Some servers write the number as a text.
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
  // OpenRouter and LiteLLM.
  reasoning_details: z.unknown().optional(),
  thinking_blocks: z.unknown().optional(),
  // What a model says instead of an answer.
  refusal: z.unknown().optional(),
  tool_calls: z.array(toolCallSchema).nullish(),
  // OpenAI, before `tool_calls`.
  function_call: z.unknown().optional(),
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
          // Moonshot.
          usage: z.unknown().optional(),
          // Parsed where it is not null, because this schema is applied to each token.
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
const noReason = /^(?:null|none)?$/i

/** Decodes one value of a streamed chat completion. Throws a `ZodError` for another form. */
export function decodeOpenAiChat(value: unknown): ChatStep {
  const { choices, usage: ownUsage, x_groq: groq, timings } = chunkSchema.parse(value)
  const choice = choices?.[0]
  const usage = ownUsage || choice?.usage || groq?.['usage']
  const message = choice?.delta ?? choice?.message ?? {}
  const { content, refusal } = message
  // A server may repeat the thought under a second name, so only one of them is read.
  const thoughtField = thoughtFields.find((field) => message[field])
  const parts = Array.isArray(content) ? content : undefined
  return {
    reasoning:
      (thoughtField && message[thoughtField]) ||
      readThoughts(message.reasoning_details) ||
      readThoughts(message.thinking_blocks) ||
      parts?.map(readThought).join(''),
    thoughtField,
    text:
      (typeof content === 'string' ? content : parts?.map(readText).join('')) ||
      (typeof refusal === 'string' ? refusal : ''),
    toolCalls: findToolCalls(message)?.map(decodeToolCall),
    logprobs: choice?.logprobs ? decodeLogprobs(choice.logprobs) : undefined,
    rawFinishReason: noReason.test(choice?.finish_reason ?? '')
      ? undefined
      : (choice?.finish_reason ?? undefined),
    usage: usage || timings ? decodeUsage(usage, timings) : undefined,
  }
}

/** A list of calls may be empty beside `function_call`. */
function findToolCalls({
  tool_calls: toolCalls,
  function_call: functionCall,
}: z.infer<typeof messageSchema>): readonly z.infer<typeof toolCallSchema>[] | undefined {
  if (toolCalls?.length || !functionCall) return toolCalls ?? undefined
  return [toolCallSchema.parse({ function: functionCall })]
}

/** The thoughts in a list; nothing where the server writes something else there. */
function readThoughts(list: unknown): string | undefined {
  return list ? contentPartsSchema.safeParse(list).data?.map(readThought).join('') : undefined
}

type ContentPart = z.infer<typeof contentPartSchema>

function isThought({ type }: ContentPart): boolean {
  return /^(?:thinking|reasoning)/.test(type)
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
