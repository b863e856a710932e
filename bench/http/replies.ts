/** Whose bytes are replayed. */
export type Server = 'vllm' | 'llama-server'

/** One token each, as tokenizers cut them. */
const tokens = [
  'The',
  ' sum',
  ' of',
  ' twelve',
  ' and',
  ' thirty',
  ' is',
  ' forty',
  '-two',
  ',',
  ' because',
  ' "',
  'ten',
  '"',
  ' and',
  ' two',
  ' make',
  ' twelve',
  '.',
  '\n\n',
]

export const textOf = (token: number): string => tokens[token % tokens.length] ?? ''

/**
 * The events of a reply of so many tokens, each with its end: what vLLM's protocol.py writes of a
 * chat, field by field, and what llama-server b11669 was seen to send of one.
 */
export function chatEvents(server: Server, count: number): readonly string[] {
  const head = {
    id: 'chatcmpl-5d0b3c6e7f1a4f0f9a1b2c3d4e5f6a7b',
    object: 'chat.completion.chunk',
    created: 1795496642,
    model: 'Qwen/Qwen3-4B',
  }
  const usage = { prompt_tokens: 26, total_tokens: 26 + count, completion_tokens: count }
  const pieces = Array.from({ length: count }, (_, token) => ({ content: textOf(token) }))
  if (server === 'vllm') {
    const chunk = (delta: object, reason: string | null = null) => ({
      ...head,
      choices: [
        {
          index: 0,
          delta,
          logprobs: null,
          finish_reason: reason,
          ...(reason && { stop_reason: null }),
          token_ids: null,
        },
      ],
    })
    return [
      ...[
        chunk({ role: 'assistant', content: '' }),
        ...pieces.map((piece) => chunk(piece)),
        chunk({ content: '' }, 'stop'),
        { ...head, choices: [], usage },
      ].map(event),
      done,
    ]
  }
  const tail = {
    created: head.created,
    id: 'chatcmpl-TX4hKxM3daR6Q7Opn25w85RjMBeeWSO6',
    model: 'qwen3-4b-q4_0.gguf',
    system_fingerprint: 'b11669-Debian',
    object: head.object,
  }
  const chunk = (delta: object, reason: string | null = null) => ({
    choices: [{ finish_reason: reason, index: 0, delta }],
    ...tail,
  })
  return [
    ...[
      chunk({ role: 'assistant', content: null }),
      ...pieces.map((piece) => chunk(piece)),
      chunk({}, 'stop'),
      { choices: [], ...tail, usage },
    ].map(event),
    done,
  ]
}

/** llama-server's native completion of token ids, which ends without `[DONE]`. */
export function completionEvents(count: number): readonly string[] {
  const step = (token: number) => ({
    index: 0,
    content: textOf(token),
    tokens: [token % tokens.length],
    stop: false,
    id_slot: -1,
    tokens_predicted: token + 1,
    tokens_evaluated: 26,
  })
  const progress = {
    ...step(0),
    content: '',
    tokens: [0],
    tokens_predicted: 0,
    prompt_progress: { total: 26, cache: 0, processed: 26, time_ms: 21 },
  }
  const last = {
    ...step(0),
    content: '',
    tokens: [],
    stop: true,
    stop_type: 'eos',
    tokens_predicted: count + 1,
  }
  return [progress, ...Array.from({ length: count }, (_, token) => step(token)), last].map(event)
}

const done = 'data: [DONE]\n\n'

function event(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
