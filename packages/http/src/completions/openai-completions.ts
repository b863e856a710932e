import * as z from 'zod'
import { honoredSettings, samplingFields } from '../sampling.ts'
import type { ServerName } from '../server-names.ts'
import type {
  CompletionRequest,
  CompletionsDialect,
  CompletionStep,
} from './completions-dialect.ts'

interface OpenAiCompletionsOptions extends Pick<CompletionsDialect, 'logprobs'> {
  readonly server: ServerName
  /** The fields that only this server has. */
  readonly serverFields: (request: CompletionRequest) => object
}

/**
 * OpenAI's completions of a server that takes and returns token ids. Whether it supports grammars
 * depends on how it was started.
 */
export function openAiCompletions({
  server,
  logprobs,
  serverFields,
}: OpenAiCompletionsOptions): CompletionsDialect {
  return {
    path: '/v1/completions',
    sampling: honoredSettings(server),
    logprobs,
    grammar: 'tested',
    encode: (request) => ({
      model: request.model,
      prompt: request.prompt,
      max_tokens: request.maxTokens,
      stream: true,
      stream_options: { include_usage: true },
      ...samplingFields(server, request.sampling),
      ...(request.turnEnds.length > 0 && { stop_token_ids: request.turnEnds }),
      ...serverFields(request),
    }),
    decode: decodeCompletion,
  }
}

const logprobsSchema = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
})

const chunkSchema = z.object({
  choices: z
    .array(
      z
        .object({
          text: z.string().nullish(),
          token_ids: z.array(z.int()).nullish(),
          finish_reason: z.string().nullish(),
          logprobs: logprobsSchema.nullish(),
        })
        .nullish(),
    )
    .nullish(),
  usage: z
    .object({ prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish() })
    .nullish()
    // A completion with counts of another form is still one.
    .catch(undefined),
})

const tokenIdsSchema = z.array(
  z.int(),
  "the server returned no token ids: its version is too old; open the model with mode: 'chat'",
)

/** The text of a chunk is ignored, because servers clean up spaces in it; its token ids count. */
function decodeCompletion(value: unknown): CompletionStep {
  const { choices, usage } = chunkSchema.parse(value)
  const choice = choices?.[0]
  const cachedTokens = usage?.prompt_tokens_details?.cached_tokens
  const cache = typeof cachedTokens === 'number' ? { cachedInput: cachedTokens } : {}
  if (!choice) return { tokens: [], ...cache }
  return {
    // A chunk without text may have no tokens.
    tokens: choice.text ? tokenIdsSchema.parse(choice.token_ids) : (choice.token_ids ?? []),
    ...cache,
    ...(choice.logprobs && { logprobs: decodeLogprobs(choice.logprobs) }),
    ...(choice.finish_reason && { rawFinishReason: choice.finish_reason }),
  }
}

function decodeLogprobs({
  tokens,
  token_logprobs: tokenLogprobs,
  top_logprobs: topLogprobs,
}: z.infer<typeof logprobsSchema>): NonNullable<CompletionStep['logprobs']> {
  return tokens.map((token, index) => ({
    token: parseTokenId(token),
    logprob: tokenLogprobs[index] ?? -Infinity,
    top: Object.entries(topLogprobs?.[index] ?? {})
      .map(([alternative, logprob]) => ({ token: parseTokenId(alternative), logprob }))
      .sort((a, b) => b.logprob - a.logprob),
  }))
}

/** vLLM writes a token as `token_id:5` where the request asks for ids. */
function parseTokenId(token: string): number {
  return z.coerce
    .number()
    .int()
    .parse(token.replace(/^token_id:/, ''))
}
