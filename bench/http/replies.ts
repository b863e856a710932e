/** The server whose bytes are replayed. */
export type ReplayedServer = 'vllm' | 'llama-server'

/** Texts of one token each, as tokenizers cut them. */
const tokenTexts = [
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

/** Characters of a reply of so many tokens. */
export function countCharacters(tokens: number): number {
  return textsOfReply(tokens).reduce((sum, text) => sum + text.length, 0)
}

/** The server-sent events of a chat reply of so many tokens, each with its end. */
export function buildChatEvents(server: ReplayedServer, tokens: number): readonly string[] {
  const build = server === 'vllm' ? buildVllmChunks : buildLlamaServerChunks
  return [...build(tokens).map(formatEvent), 'data: [DONE]\n\n']
}

/** The events of llama-server's native completion, which ends without `[DONE]`. */
export function buildCompletionEvents(tokens: number): readonly string[] {
  const step = {
    index: 0,
    content: '',
    tokens: [] as readonly number[],
    stop: false,
    id_slot: -1,
    tokens_predicted: 0,
    tokens_evaluated: 26,
  }
  return [
    {
      ...step,
      tokens: [0],
      prompt_progress: { total: 26, cache: 0, processed: 26, time_ms: 21 },
    },
    ...textsOfReply(tokens).map((content, index) => ({
      ...step,
      content,
      tokens: [index % tokenTexts.length],
      tokens_predicted: index + 1,
    })),
    { ...step, stop: true, stop_type: 'eos', tokens_predicted: tokens + 1 },
  ].map(formatEvent)
}

/** The fields that vLLM's protocol.py writes, in its order. */
function buildVllmChunks(tokens: number): readonly object[] {
  const head = {
    id: 'chatcmpl-5d0b3c6e7f1a4f0f9a1b2c3d4e5f6a7b',
    object: chunkObject,
    created: createdAt,
    model: 'Qwen/Qwen3-4B',
  }
  const chunk = (delta: object, finishReason: string | null = null) => ({
    ...head,
    choices: [
      {
        index: 0,
        delta,
        logprobs: null,
        finish_reason: finishReason,
        ...(finishReason && { stop_reason: null }),
        token_ids: null,
      },
    ],
  })
  return [
    chunk({ role: 'assistant', content: '' }),
    ...textsOfReply(tokens).map((content) => chunk({ content })),
    chunk({ content: '' }, 'stop'),
    { ...head, choices: [], usage: buildUsage(tokens) },
  ]
}

/** The fields that llama-server b11669 sends, in its order. */
function buildLlamaServerChunks(tokens: number): readonly object[] {
  const tail = {
    created: createdAt,
    id: 'chatcmpl-TX4hKxM3daR6Q7Opn25w85RjMBeeWSO6',
    model: 'qwen3-4b-q4_0.gguf',
    system_fingerprint: 'b11669-Debian',
    object: chunkObject,
  }
  const chunk = (delta: object, finishReason: string | null = null) => ({
    choices: [{ finish_reason: finishReason, index: 0, delta }],
    ...tail,
  })
  return [
    chunk({ role: 'assistant', content: null }),
    ...textsOfReply(tokens).map((content) => chunk({ content })),
    chunk({}, 'stop'),
    { choices: [], ...tail, usage: buildUsage(tokens) },
  ]
}

const chunkObject = 'chat.completion.chunk'
const createdAt = 1_795_496_642

function buildUsage(tokens: number): object {
  return { prompt_tokens: 26, total_tokens: 26 + tokens, completion_tokens: tokens }
}

function textsOfReply(tokens: number): readonly string[] {
  return Array.from({ length: tokens }, (_, index) => tokenTexts[index % tokenTexts.length] ?? '')
}

function formatEvent(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
