import type { CompletionOptions } from '@nano/chat/engine'
import * as z from 'zod'
import type {
  CompletionAsk,
  CompletionsDialect,
  CompletionStep,
  Described,
} from '../profiles/profile.ts'

const logprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
})

const chunk = z.object({
  choices: z.array(
    z.object({
      token_ids: z.array(z.int()).nullish(),
      finish_reason: z.string().nullish(),
      logprobs: logprobs.nullish(),
    }),
  ),
  usage: z
    .object({ prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish() })
    .nullish(),
})

const ids = z.array(
  z.int(),
  'the server gives no token ids: it is too old for that, so open it in the mode chat',
)

/**
 * One value of a completion, from a server that adds the tokens' ids. Its own text is not read:
 * servers tidy spaces in it.
 */
function decodeCompletion(value: unknown): CompletionStep {
  const {
    choices: [choice],
    usage,
  } = chunk.parse(value)
  const cached = usage?.prompt_tokens_details?.cached_tokens
  const beside = typeof cached === 'number' ? { cached } : {}
  if (!choice) return { tokens: [], ...beside }
  return {
    tokens: ids.parse(choice.token_ids),
    ...beside,
    ...(choice.logprobs && { logprobs: logprobsOf(choice.logprobs) }),
    ...ending(choice.finish_reason),
  }
}

/** Whatever else a server says has cut the reply off. */
function ending(reason: string | null | undefined): Pick<CompletionStep, 'end' | 'broken'> {
  if (!reason) return {}
  return reason === 'stop' || reason === 'length' ? { end: reason } : { broken: reason }
}

/** Of tokens that are written as `token_id:5`. */
function logprobsOf({
  tokens,
  token_logprobs: sampled,
  top_logprobs: tops,
}: z.infer<typeof logprobs>): NonNullable<CompletionStep['logprobs']> {
  return tokens.map((token, index) => ({
    token: idOf(token),
    logprob: sampled[index] ?? -Infinity,
    top: Object.entries(tops?.[index] ?? {})
      .map(([other, logprob]) => ({ token: idOf(other), logprob }))
      .sort((a, b) => b.logprob - a.logprob),
  }))
}

function idOf(token: string): number {
  return z.coerce
    .number()
    .int()
    .parse(token.replace(/^token_id:/, ''))
}

interface OpenAiCompletionsOptions extends Pick<CompletionsDialect, 'sampling' | 'logprobs'> {
  /** What this server is told beside what all are told the same way. */
  readonly fields: (ask: CompletionAsk) => object
}

/**
 * The completions of a server that speaks like OpenAI and takes token ids. Whether it keeps to
 * grammars depends on how it was started.
 */
export function openAiCompletions({
  sampling,
  logprobs,
  fields,
}: OpenAiCompletionsOptions): CompletionsDialect {
  return {
    path: '/v1/completions',
    sampling,
    logprobs,
    grammar: 'tried',
    encode: (ask) => ({ ...asked(ask), ...fields(ask) }),
    decode: decodeCompletion,
  }
}

function asked({
  model,
  prompt,
  maxTokens,
  sampling: { temperature, topP, minP },
  ends,
}: CompletionAsk): object {
  const settings = { temperature, top_p: topP, min_p: minP, repetition_penalty: 1 }
  return {
    model,
    prompt,
    max_tokens: maxTokens,
    stream: true,
    stream_options: { include_usage: true },
    ...settings,
    ...(ends.length > 0 && { stop_token_ids: ends }),
  }
}

/** Penalties of a server that counts the reply alone. */
export function penalties({
  sampling: { presencePenalty = 0, frequencyPenalty = 0 },
}: CompletionAsk): object {
  return { presence_penalty: presencePenalty, frequency_penalty: frequencyPenalty }
}

/** Where top-k is one number for all tokens. */
export function topK(
  { sampling }: { readonly sampling: CompletionOptions['sampling'] },
  all: number,
): number {
  return sampling.topK !== undefined && Number.isFinite(sampling.topK) ? sampling.topK : all
}

const openapi = z.object({
  components: z.object({
    schemas: z.object({
      CompletionRequest: z.object({ properties: z.record(z.string(), z.unknown()) }),
    }),
  }),
})

/**
 * Servers made with FastAPI describe what they take; a field tells whether this version gives token
 * ids.
 */
export function tokenIdsIf(field: string): {
  readonly path: string
  read(answer: unknown): Described | undefined
} {
  return {
    path: '/openapi.json',
    read(answer) {
      const fields = openapi.safeParse(answer).data?.components.schemas.CompletionRequest.properties
      return fields && { tokenIds: field in fields }
    },
  }
}
