import { expect, it } from 'vitest'
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
  ]

it.each(messages)('%s names the right sizes, or none', (_, message, sizes) => {
  const { promptTokens, contextLength } = readTokenCounts(message)
  expect([promptTokens, contextLength].filter((size) => size !== undefined)).toEqual(sizes)
})
