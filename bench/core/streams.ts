import { Model, standard } from '@nano/core'
import type { Driver } from '@nano/core/driver'
import { scripted } from '@nano/core/testing'
import { streamText } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'

/** Reads a stream of so many parts; `onPart` gets the number of parts so far. */
type StreamReader = (parts: number, onPart?: (count: number) => void) => Promise<void>

/** Who reads; both sources give the same text as fast as it is read, so nobody decodes anything. */
export const streamReaders = {
  nano: readNano,
  'AI SDK': readAiSdk,
} satisfies Readonly<Record<string, StreamReader>>

export type ReaderName = keyof typeof streamReaders

const text = 'token '

/** A `Model` behind `standard()`. */
async function readNano(parts: number, onPart: (count: number) => void = () => {}): Promise<void> {
  const driver: Driver = {
    ...scripted(),
    async *stream() {
      for (let part = 0; part < parts; part++) yield { type: 'text', text }
      yield { type: 'finish', finishReason: 'stop', usage: {}, timings: {} }
    },
  }
  const model = new Model(
    driver,
    standard({ defaults: { maxTokens: 2 ** 31 }, limit: 4, timeout: { silence: 60_000 } }),
  )
  let count = 0
  for await (const part of model.stream('hi')) if (part.type === 'text') onPart(++count)
}

/** `streamText` on the AI SDK's own mock model. */
async function readAiSdk(parts: number, onPart: (count: number) => void = () => {}): Promise<void> {
  const model = new MockLanguageModelV4({ doStream: async () => ({ stream: mockStream(parts) }) })
  let count = 0
  for await (const _ of streamText({ model, prompt: 'hi' }).textStream) onPart(++count)
}

type MockStream = Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream']

function mockStream(parts: number): MockStream {
  let sentCount = 0
  return new ReadableStream({
    pull(controller) {
      if (sentCount === 0) {
        controller.enqueue({ type: 'stream-start', warnings: [] })
        controller.enqueue({ type: 'text-start', id: '1' })
      }
      if (sentCount++ < parts)
        return controller.enqueue({ type: 'text-delta', id: '1', delta: text })
      controller.enqueue({ type: 'text-end', id: '1' })
      controller.enqueue({
        type: 'finish',
        finishReason: { unified: 'stop', raw: 'stop' },
        usage: {
          inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: parts, text: parts, reasoning: 0 },
        },
      })
      controller.close()
    },
  })
}
