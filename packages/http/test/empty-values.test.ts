import { describe, expect, it } from 'vitest'
import { ndjson, sse } from './fake-server.ts'
import { serverDescriptions } from './fixture-server.ts'
import { openModel, startFakeServer } from './open-model.ts'
import { openLlamaServerCompletions, openVllmCompletions } from './completions/open-completions.ts'

const request = { messages: 'hi', reasoning: 'off' } as const

// Chat of OpenAI's kind is in transport/event-stream.test.ts.
describe("a chat of Ollama's kind reads the same", () => {
  const content = { message: { role: 'assistant', content: 'a' }, done: false }
  const end = { done: true, done_reason: 'stop' }

  it.each([
    ['without a message at the end', [content, { ...end, message: null }]],
    ['without a reason to end', [content, { ...end, done_reason: null }]],
    ['with an empty reason to end', [content, { ...end, done_reason: '' }]],
    ['without counts', [content, { ...end, eval_count: null, prompt_eval_count: null }]],
    ['with counts of another form', [content, { ...end, eval_count: -1 }]],
    [
      'with empty errors',
      [
        { ...content, error: '' },
        { ...end, error: null },
      ],
    ],
    ['without calls', [{ message: { content: 'a', tool_calls: null }, done: null }, end]],
  ])('%s', async (_, values) => {
    const server = await startFakeServer({
      ...serverDescriptions['ollama'],
      '/api/chat': ndjson(...values),
    })
    const model = await openModel({ url: server.url })
    expect(await model.generate(request)).toMatchObject({ text: 'a', finishReason: 'stop' })
  })
})

describe("a completion of OpenAI's kind reads the same", () => {
  const choiceOf = (tokenIds: readonly number[] | null, finishReason: string | null = null) => ({
    choices: [{ index: 0, text: '', token_ids: tokenIds, finish_reason: finishReason }],
  })
  const [first, last] = [choiceOf([40]), choiceOf([41], 'stop')]

  it.each([
    ['without choices beside the usage', [first, last, { choices: null, usage: {} }]],
    ['without a choice', [first, { choices: [null] }, last]],
    ['without tokens at the start', [choiceOf(null), first, last]],
    ['without tokens at the end', [first, choiceOf([41]), choiceOf(null, 'stop')]],
    ['with usage of another form', [first, last, { choices: [], usage: [] }]],
    ['with an empty reason to end', [choiceOf([40], ''), last]],
    ['with empty errors', [{ ...first, error: '' }, last]],
  ])('%s', async (_, values) => {
    const model = await openVllmCompletions(sse(...values))
    const { usage, finishReason } = await model.generate(request)
    expect({ output: usage.output, finishReason }).toEqual({ output: 2, finishReason: 'stop' })
  })
})

describe('a completion of llama-server reads the same', () => {
  const firstEvent = { content: 'a', tokens: [40], tokens_predicted: 1, stop: false }
  const lastEvent = { content: '', tokens: [], tokens_predicted: 1, stop: true, stop_type: 'eos' }

  it.each([
    ['without tokens at the end', [firstEvent, { ...lastEvent, tokens: null }]],
    ['without text at the end', [firstEvent, { ...lastEvent, content: null }]],
    ['without a reason to end', [firstEvent, { ...lastEvent, stop_type: null }]],
    ['without progress', [{ ...firstEvent, prompt_progress: null }, lastEvent]],
    ['without probabilities', [{ ...firstEvent, completion_probabilities: null }, lastEvent]],
    ['without the word that it goes on', [{ content: 'a', tokens: [40] }, lastEvent]],
    ['with empty errors', [{ ...firstEvent, error: null }, lastEvent]],
  ])('%s', async (_, values) => {
    const model = await openLlamaServerCompletions(sse(...values))
    expect(await model.generate(request)).toMatchObject({ text: 'a', finishReason: 'stop' })
  })
})
