// Bring your own driver: an object of six functions becomes a Model, with the same checks, errors,
// timings and middleware as any other.
import { limit, Model, retry } from '@nano/core'
import type { Driver } from '@nano/core/driver'

const echo: Driver = {
  name: 'echo',
  // What is not claimed is refused before it reaches the driver.
  capabilities: {
    reasoning: 'never',
    reasoningBudget: false,
    sampling: ['temperature'],
    logprobs: false,
    tools: 'never',
    schema: false,
    loras: [],
    continuation: false,
    tokenize: false,
    countTokens: false,
    render: false,
    controlTokensApart: false,
  },
  info: { model: 'echo' },
  async *stream({ messages }, { signal }) {
    const last = messages.at(-1)
    for (const word of last?.role === 'user' ? last.content.split(/(?<= )/) : []) {
      signal.throwIfAborted()
      yield { type: 'text', text: word.toUpperCase() }
    }
    yield { type: 'finish', finishReason: 'stop', usage: {}, timings: {} }
  },
  tokenize: async () => [],
  detokenize: async () => '',
  countTokens: async () => 0,
  render: async () => ({ text: '', tokens: [] }),
  close: async () => {},
}

const model = new Model(echo, retry(), limit(4))
const { text, finishReason } = await model.generate('hello there')
console.log(model.name, '|', text, '|', finishReason)

const refused: unknown = await model
  .generate({ messages: 'hello', reasoning: 'on' })
  .catch((error: unknown) => error)
console.log(String(refused))
