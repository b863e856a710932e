import { expect, it } from 'vitest'
import { classifyReport } from '../../src/transport/classify-report.ts'
import { readTokenCounts } from '../../src/transport/token-counts.ts'

/** Written from what servers and gateways are known to say. */
const messages: readonly (readonly [server: string, message: string, sizes: readonly number[]])[] =
  [
    [
      'vllm with a completion that is too long',
      "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context " +
        'length is 4096 tokens and your request has 100 input tokens.',
      [100, 4096],
    ],
    [
      'vllm with input tokens',
      "This model's maximum context length is 32768 tokens. However, your request has 40000 " +
        'input tokens. Please reduce the length of the input messages.',
      [40_000, 32_768],
    ],
    [
      'vllm with a decoder prompt',
      'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
      [5000, 4096],
    ],
    [
      'vllm of today',
      'You passed 5000 input tokens and requested 16 output tokens. However, the model context ' +
        'length is only 4096 tokens, resulting in a maximum input length of 4080 tokens.',
      [5000, 4096],
    ],
    [
      'sglang with an allowed length',
      'Input length (700001 tokens) exceeds the maximum allowed length (536826 tokens). Use a ' +
        'shorter input.',
      [700_001, 536_826],
    ],
    [
      'sglang with a context length',
      "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
      [5000, 4096],
    ],
    [
      'sglang with a total',
      "Requested token count exceeds the model's maximum context length of 4096 tokens. You " +
        'requested a total of 5000 tokens: 900 tokens from the input messages and 4100 tokens ' +
        'for the completion.',
      [900, 4096],
    ],
    [
      'an older llama-server',
      'the request exceeds the available context size. try increasing the context size',
      [],
    ],
    [
      'tgi with a sum',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 ' +
        '`inputs` tokens and 100 `max_new_tokens`',
      [5000, 4096],
    ],
    [
      'tgi with a limit of the prompt alone',
      'Input validation error: `inputs` must have less than 4095 tokens. Given: 5000',
      [],
    ],
    ['ollama', 'prompt too long; exceeded max context length by 4 tokens', []],
    [
      'a gateway around an error',
      "litellm.ContextWindowExceededError: OpenAIException - This model's maximum context length " +
        'is 8192 tokens. However, your messages resulted in 13392 tokens.',
      [13_392, 8192],
    ],
    [
      'mistral',
      'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum ' +
        'context length',
      [40_000, 32_768],
    ],
    [
      'a service that writes one size',
      'Your input exceeds the context window of this model. Please adjust your input.',
      [],
    ],
    ['anthropic', 'prompt is too long: 205000 tokens > 200000 maximum', [205_000, 200_000]],
    [
      'anthropic with the reply',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
      [190_000, 200_000],
    ],
    [
      'a service that counts tokens',
      'The input token count (1050000) exceeds the maximum number of tokens allowed (1048576).',
      [1_050_000, 1_048_576],
    ],
    [
      'tensorrt-llm',
      'The sum of prompt length (5000), query length (0) should not exceed max_num_tokens (4096)',
      [5000, 4096],
    ],
    [
      'a router with text input',
      "This endpoint's maximum context length is 131072 tokens. However, you requested about " +
        '140000 tokens (130000 of text input, 10000 in the output).',
      [130_000, 131_072],
    ],
    [
      'a service with a prompt length',
      "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
      [140_000, 131_072],
    ],
    [
      'lm-studio',
      'Trying to keep the first 5000 tokens when context the overflows. However, the model is ' +
        'loaded with context length of only 4096 tokens, which is not enough.',
      [5000, 4096],
    ],
    [
      'vllm, whose prompt has too many characters',
      "This model's maximum context length is 2048 tokens. However, your prompt " +
        'contains 30000 characters (more than 20470 characters, which is the upper bound ' +
        'for 2047 input tokens). Please reduce the length of the input prompt.',
      [],
    ],
    [
      'vllm with an input length',
      "Input length (5000) exceeds model's maximum context length (4096).",
      [5000, 4096],
    ],
    [
      'vllm with token ids',
      'prompt_token_ids length (5000) exceeds max_model_len (4096).',
      [5000, 4096],
    ],
    ['llama-server in the middle of a reply', 'Context size has been exceeded.', []],
    ['llama-server in its oldest words', 'input is larger than the max context size. skipped', []],
    [
      'lm-studio with tokens to keep',
      'The number of tokens to keep from the initial prompt is greater than the ' +
        'context length (n_keep: 5000>= n_ctx: 4096). Try to load the model with a ' +
        'larger context length.',
      [5000, 4096],
    ],
    ['ollama with an input', 'the input length exceeds the context length', []],
    [
      'mistral.rs',
      'Prompt sequence length is greater than 4096, perhaps consider using ' +
        '`truncate_sequence`?',
      [],
    ],
    [
      'tensorrt-llm with what is left for a reply',
      'default_max_tokens (-904) should be greater than 0, default_max_tokens (-904) = ' +
        'max_seq_len (4096) - splited_prompt_len (5000)',
      [5000, 4096],
    ],
    [
      'transformers serve',
      'Input length of input_ids is 5000, but `max_length` is set to 4096',
      [],
    ],
    [
      'a service with a limit of the prompt',
      'prompt token count of 200000 exceeds the limit of 128000',
      [],
    ],
    [
      'a service that says what was requested with the reply',
      'Your request exceeded model token limit: 262144 (requested: 291351)',
      [],
    ],
    ['a service with a range', 'Range of input length should be [1, 129024]', []],
    ['a service without sizes', 'Prompt exceeds max length', []],
    [
      'a service with tokens of the prompt',
      'too many tokens: total number of tokens in the prompt exceeds the limit of ' +
        '4081. Received 5000. Try using a shorter prompt',
      [],
    ],
    [
      "a service with a model's length",
      'The prompt is too long: 140000, model maximum context length: 131071',
      [140_000, 131_071],
    ],
    ['a service with a window', 'invalid params, context window exceeds limit (2013)', []],
    [
      'a service that counts characters',
      "Invalid 'messages[0].content': string_above_max_length",
      [],
    ],
  ]

it.each(messages)('%s names the right sizes, or none', (_, message, sizes) => {
  const { promptTokens, contextLength } = readTokenCounts(message)
  expect([promptTokens, contextLength].filter((size) => size !== undefined)).toEqual(sizes)
})

it.each(messages)('%s is context-overflow', (_, message) => {
  expect(classifyReport(400, { message, type: '' })).toEqual({ code: 'context-overflow' })
})
