import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tokenizer as parseTokenizer } from '@nano/chat/tokenizer'
import { onnx } from '@nano/tiny'
import { type Answer, json } from '../fake-server.ts'
import type { RunningServer } from './llama-server.ts'

/** The `tokenizer.json` of the embedded model. */
export const tokenizerFile = JSON.parse(
  readFileSync(join(onnx.transformers, 'tokenizer.json'), 'utf8'),
) as Record<string, unknown>
const tokenizer = parseTokenizer({ tokenizer: tokenizerFile })

type Body = Readonly<Record<string, unknown>>

/** The completions of one kind of server; written from the server's sources, never captured. */
export interface CompletionsDescription {
  readonly server: 'vllm' | 'sglang' | 'nim' | 'tensorrt-llm'
  /** The fields that a request may have; any other one is refused. */
  readonly fields: readonly string[]
  /** The field in `/openapi.json` of a version that returns token ids. */
  readonly tokenIdsField: string
  /** The value of `top_k` that keeps all tokens. */
  readonly neutralTopK: number
  readGrammar(body: Body): unknown
}

const commonFields = [
  'model',
  'prompt',
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'repetition_penalty',
  'stop_token_ids',
  'stream_options',
]
// vllm/entrypoints/openai/completion/protocol.py
const vllmDescription = {
  fields: [
    ...commonFields,
    'presence_penalty',
    'frequency_penalty',
    'seed',
    'return_token_ids',
    'structured_outputs',
    'logprobs',
    'return_tokens_as_token_ids',
  ],
  tokenIdsField: 'return_token_ids',
  neutralTopK: 0,
  readGrammar: ({ structured_outputs: constraint }: Body) =>
    (constraint as Body | undefined)?.['grammar'],
}

export const completionsDescriptions: readonly CompletionsDescription[] = [
  { ...vllmDescription, server: 'vllm' },
  { ...vllmDescription, server: 'nim' },
  // sglang/srt/entrypoints/openai/protocol.py
  {
    server: 'sglang',
    fields: [...commonFields, 'presence_penalty', 'frequency_penalty', 'return_token_ids', 'ebnf'],
    tokenIdsField: 'return_token_ids',
    neutralTopK: -1,
    readGrammar: ({ ebnf }) => ebnf,
  },
  // tensorrt_llm/serve/openai_protocol.py
  {
    server: 'tensorrt-llm',
    fields: [
      ...commonFields,
      'seed',
      'detokenize',
      'include_stop_str_in_output',
      'response_format',
    ],
    tokenIdsField: 'detokenize',
    neutralTopK: 0,
    readGrammar: ({ response_format: constraint }) => (constraint as Body | undefined)?.['ebnf'],
  },
]

interface LlamaServerCompletion {
  readonly tokens: readonly number[]
  readonly stop_type: string
  readonly completion_probabilities?: readonly {
    readonly id: number
    readonly logprob: number
    readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[]
  }[]
}

/** Answers completions in the form of `description`, with the tokens of a real llama-server. */
export function bridgeCompletions(
  server: RunningServer,
  { fields, readGrammar }: CompletionsDescription,
): Answer {
  return async (response, request) => {
    const { body } = request
    const unknownFields = Object.keys(body).filter((field) => !fields.includes(field))
    if (unknownFields.length > 0) {
      const message = `Extra inputs are not permitted: ${unknownFields.join(', ')}`
      return json({ object: 'error', message }, 400)(response, request)
    }
    const abort = new AbortController()
    response.on('close', () => abort.abort())
    const answer = await fetch(`${server.url}/completion`, {
      method: 'POST',
      body: JSON.stringify(llamaServerBody(body, readGrammar(body))),
      signal: abort.signal,
    }).catch(() => undefined)
    if (!answer) return
    const completion = (await answer.json()) as LlamaServerCompletion

    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const chunk of openAiChunks(completion, body)) {
      const value = { id: 'cmpl-1', object: 'text_completion', ...chunk }
      response.write(`data: ${JSON.stringify(value)}\n\n`)
    }
    response.end('data: [DONE]\n\n')
  }
}

function llamaServerBody(body: Body, grammar: unknown): object {
  const { prompt, max_tokens, temperature, top_p, top_k, min_p, seed, logprobs } = body
  return {
    prompt,
    n_predict: max_tokens,
    temperature,
    top_p,
    top_k,
    min_p,
    seed,
    samplers: ['top_k', 'top_p', 'min_p', 'temperature'],
    stream: false,
    return_tokens: true,
    grammar,
    ...(typeof logprobs === 'number' && { n_probs: Math.max(1, logprobs) }),
  }
}

function openAiChunks(
  { tokens, stop_type, completion_probabilities: probabilities }: LlamaServerCompletion,
  body: Body,
): readonly object[] {
  const finishReason = stop_type === 'limit' ? 'length' : 'stop'
  const tokenName = (id: number) => `token_id:${id}`
  const logprobsAt = (index: number) => {
    const scoredToken = probabilities?.[index]
    if (!scoredToken) return null
    const top = scoredToken.top_logprobs.map(({ id, logprob }) => [tokenName(id), logprob])
    return {
      text_offset: [0],
      tokens: [tokenName(scoredToken.id)],
      token_logprobs: [scoredToken.logprob],
      top_logprobs: [Object.fromEntries(top)],
    }
  }
  const tokenChunks = tokens.map((token, index) => ({
    choices: [
      {
        index: 0,
        text:
          body['detokenize'] === false
            ? ''
            : tokenizer.detokenize([token], { shownControlTokens: [] }),
        token_ids: [token],
        logprobs: logprobsAt(index),
        finish_reason: index < tokens.length - 1 ? null : finishReason,
        stop_reason: null,
      },
    ],
  }))
  const usageChunk = {
    choices: [],
    usage: {
      prompt_tokens: (body['prompt'] as number[]).length,
      completion_tokens: tokens.length,
      prompt_tokens_details: { cached_tokens: 4 },
    },
  }
  return [...tokenChunks, usageChunk]
}
