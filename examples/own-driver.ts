// Makes a Model of your own driver. The checks, errors, timings and middleware are the same.
// A driver may also have tokenize, detokenize, countTokens and render, where they are exact.
import { limit, Model, retry } from '@nano/core'
import type { Driver } from '@nano/core/driver'

/** Repeats the last message in capitals. A word counts as a token. */
const echo: Driver = {
  name: 'echo',
  // What a driver does not claim is refused before it reaches the driver.
  capabilities: {
    chat: true,
    completion: false,
    reasoning: 'never',
    reasoningBudget: false,
    sampling: ['temperature'],
    logprobs: false,
    tools: 'never',
    schema: false,
    loras: [],
    continuation: false,
    controlTokensApart: false,
  },
  info: { model: 'echo' },
  async *stream({ messages, maxTokens = Infinity, stop = [] }, { signal }) {
    const lastMessage = messages.at(-1)
    const text = lastMessage?.role === 'user' ? lastMessage.content.toUpperCase() : ''
    const end = Math.min(...stop.map((word) => text.indexOf(word)).filter((index) => index >= 0))
    const words = text.slice(0, end).match(/\S+\s*|\s+/g) ?? []

    for (const word of words.slice(0, maxTokens)) {
      signal.throwIfAborted()
      yield { type: 'text', text: word }
    }
    const output = Math.min(words.length, maxTokens) || 1
    const finishReason = words.length > maxTokens ? 'length' : 'stop'
    yield { type: 'finish', finishReason, usage: { output }, timings: {} }
  },
  close: async () => {},
}

const model = new Model(echo, retry(), limit(4))
const { text, finishReason } = await model.generate('hello there')
console.log(model.name, '|', text, '|', finishReason)

const refusal: unknown = await model
  .generate({ messages: 'hello', reasoning: 'on' })
  .catch((error: unknown) => error)
console.log(String(refusal))
