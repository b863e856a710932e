import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CacheStore,
  type GenerateRequest,
  memoryStore,
  type Message,
  NanoError,
  type Part,
} from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

export const finish: Part = {
  type: 'finish',
  finishReason: 'stop',
  usage: { output: 2 },
  timings: {},
}
export const greedy = { messages: 'hi', sampling: { temperature: 0 } } as const

/** A driver that does as told, and remembers what it was requests. */
export function spy(
  respond: (request: GenerateRequest, call: number) => AsyncGenerator<Part> | Part[] = () => [
    { type: 'text', text: 'ok' },
    finish,
  ],
) {
  const requests: GenerateRequest[] = []
  const driver: Driver = {
    ...scripted({ capabilities: { schema: false }, contextLength: 120 }),
    async *stream(request) {
      requests.push(request)
      yield* respond(request, requests.length)
    },
  }
  return { driver, requests }
}
export async function* streamSlowly(milliseconds: number): AsyncGenerator<Part> {
  await sleep(milliseconds)
  yield { type: 'text', text: 'ok' }
  yield finish
}
export const failStream = (
  code: 'unavailable' | 'invalid-request',
  retryable = false,
): AsyncGenerator<Part> =>
  (async function* () {
    await sleep(5)
    throw new NanoError(code, 'no', { retryable })
  })()

export function turns(count: number, length: number): Message[] {
  const pairs = Array.from({ length: count }, (_, turn): Message[] => [
    { role: 'user', content: `${turn}`.padEnd(length, '.') },
    { role: 'assistant', content: 'a' },
  ])
  return pairs.flat().slice(0, -1)
}

export function countingStore(): CacheStore & { reads: number; writes: number } {
  const innerStore = memoryStore()
  return {
    reads: 0,
    writes: 0,
    get(key) {
      this.reads++
      return innerStore.get(key)
    },
    set(key, value) {
      this.writes++
      return innerStore.set(key, value)
    },
  }
}
