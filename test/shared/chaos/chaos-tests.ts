import { type GenerateInput, type Model, NanoError, timeout } from '@nano/core'
import { expect, onTestFinished } from 'vitest'
import type { ChaosKind, ChaosServer } from './chaos-server.ts'
import { startProxy } from './start-proxy.ts'
import { startReaders } from './start-readers.ts'

/** One way to mistreat servers, after which no call may be lost, answered twice or left hanging. */
interface ChaosTest {
  readonly name: string
  /** It takes a few seconds. */
  readonly isQuick: boolean
  /** `server` runs before and after it. */
  readonly run: (kind: ChaosKind, server: ChaosServer) => Promise<void>
}

/** A reply of some hundred tokens. */
const request = {
  messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
  reasoning: 'on',
  sampling: { temperature: 0 },
} as const satisfies GenerateInput

const questions = Array.from(
  { length: 8 },
  (_, index) => `What is ${11 + 7 * index} + ${3 * index}?`,
)
/** Milliseconds, for servers on a machine with other work. */
const patience = { timeout: 120_000, interval: 200 }
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export const chaosTests: readonly ChaosTest[] = [
  {
    name: 'stops the work of 20 calls that are aborted at random moments',
    isQuick: true,
    async run(kind, server) {
      const model = await open(kind, { url: server.url })
      const { expected, duration } = await measureReply(model)
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const controller = new AbortController()
          // 20 moments of a reply, in no order.
          setTimeout(() => controller.abort('aborted'), (duration * ((index * 7) % 20)) / 20)
          const call = generateText(model, request, { signal: controller.signal })
          return call.catch((error: unknown) => error)
        }),
      )
      // Some replies may end before their moment comes: the measured one was alone, or the first.
      const unexpected = outcomes.filter(
        (outcome) => ![expected, 'aborted'].includes(String(outcome)),
      )
      expect(unexpected).toEqual([])
      expect(outcomes.filter((outcome) => outcome === 'aborted').length).toBeGreaterThan(10)
      await expect.poll(() => server.countRunning(), patience).toBe(0)
      expect(await generateText(model, request)).toBe(expected)
    },
  },
  {
    name: 'answers 64 calls at once, each its own',
    isQuick: true,
    async run(kind, server) {
      const model = await open(kind, { url: server.url })
      const expected: string[] = []
      for (const messages of questions)
        expected.push(await generateText(model, { ...request, messages }))
      const replies = await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          generateText(model, { ...request, messages: questions[index % 8] ?? '' }),
        ),
      )
      expect(replies).toEqual(replies.map((_, index) => expected[index % 8]))
    },
  },
  {
    name: 'fails with an error each call that a kill cuts off, and serves after a restart',
    isQuick: true,
    async run(kind, server) {
      const model = await open(kind, { url: server.url })
      const { expected, duration } = await measureReply(model)
      const readers = startReaders(model, { count: 4, request, expected, mayFail: 'any' })
      onTestFinished(() => readers.stop())
      await wait(duration / 2)
      await server.kill()
      await expect.poll(() => readers.results.failedCount, patience).toBeGreaterThanOrEqual(4)
      const servedBefore = readers.results.servedCount
      await server.restart()
      await expect
        .poll(() => readers.results.servedCount, patience)
        .toBeGreaterThan(servedBefore + 4)
      await readers.stop()
      expect(readers.results.faults).toEqual([])
    },
  },
  {
    name: 'goes on with each call after a pause of ten seconds, unless its time is over',
    isQuick: false,
    async run(kind, server) {
      const model = await open(kind, { url: server.url })
      const { expected, duration } = await measureReply(model)
      const readers = startReaders(model, { count: 3, request, expected })
      onTestFinished(() => readers.stop())
      await wait(duration / 2)
      server.pause()
      onTestFinished(() => server.resume())
      const startedAt = performance.now()
      await expect(
        model.with(timeout({ first: 2_000, silence: 2_000 })).generate(request),
      ).rejects.toMatchObject({ code: 'timeout' })
      expect(performance.now() - startedAt).toBeLessThan(8_000)
      await wait(10_000 - (performance.now() - startedAt))
      server.resume()
      const servedBefore = readers.results.servedCount
      await expect
        .poll(() => readers.results.servedCount, patience)
        .toBeGreaterThan(servedBefore + 3)
      await readers.stop()
      expect(readers.results).toMatchObject({ faults: [], failedCount: 0 })
      await expect.poll(() => server.countRunning(), patience).toBe(0)
    },
  },
  {
    name: 'loses no call to two replicas of which one is killed, and the other hangs later',
    isQuick: false,
    async run(kind, killedServer) {
      const hangingServer = await kind.startHanging()
      onTestFinished(() => hangingServer.kill())
      const pool = await open(kind, {
        endpoints: [killedServer.url, hangingServer.url],
        firstPartTimeout: 15_000,
        livenessTimeout: 15_000,
      })
      // Ends the replies in whose middle a replica hangs.
      const model = pool.with(timeout({ silence: 20_000 }))
      const { expected, duration } = await measureReply(model)
      const readers = startReaders(model, { count: 4, request, expected })
      onTestFinished(() => readers.stop())
      await wait(duration)
      await killedServer.kill()
      const servedByOne = readers.results.servedCount
      await expect
        .poll(() => readers.results.servedCount, patience)
        .toBeGreaterThan(servedByOne + 8)
      await killedServer.restart()
      await expect.poll(() => killedServer.countRunning(), patience).toBeGreaterThan(0)

      await hangingServer.hang()
      await wait(15_000)
      const servedByOther = readers.results.servedCount
      await expect
        .poll(() => readers.results.servedCount, patience)
        .toBeGreaterThan(servedByOther + 8)
      await readers.stop()
      expect(readers.results.faults).toEqual([])
      // The calls that each replica worked on when it went.
      expect(readers.results.failedCount).toBeLessThanOrEqual(8)
    },
  },
  {
    name: 'gives the same replies through a proxy with a path, gzip and single bytes',
    isQuick: true,
    async run(kind, server) {
      const proxy = await proxyOf(server, { prefix: '/gateway/llm', gzip: true, byteWise: true })
      const direct = await open(kind, { url: server.url })
      for (const [url, mode] of [
        [proxy.url, 'auto'],
        [`${proxy.url}/v1`, 'auto'],
        [`${proxy.url}/v1`, 'chat'],
      ] as const) {
        const model = await open(kind, { url, mode })
        for (const messages of questions.slice(0, 2)) {
          const [expected, actual] = [direct, model].map((candidate) =>
            generateText(candidate, { ...request, messages }),
          )
          expect(await actual).toBe(await expected)
        }
      }
      await expect(kind.open({ url: proxy.url.replace('/llm', '/other') })).rejects.toMatchObject({
        message: expect.stringMatching(/gateway\/other/) as string,
      })
    },
  },
  {
    name: 'sends each call once to a proxy that fails, and says what it answered',
    isQuick: true,
    async run(kind, server) {
      const proxy = await proxyOf(server)
      const model = await open(kind, { url: proxy.url, mode: 'chat' })
      const expected = await generateText(model, request)
      for (const [faults, code, message] of [
        [{ errorPage: 502 }, 'unavailable', /answered 502 .*an HTML page/],
        [{ errorPage: 200 }, 'bad-output', /an HTML page instead of JSON/],
        [{ errorPage: 413 }, 'invalid-request', /answered 413/],
      ] as const) {
        await proxy.setFaults(faults)
        const postsBefore = await proxy.countPosts()
        const error: unknown = await model.generate(request).catch((error: unknown) => error)
        expect(NanoError.is(error) && error.message).toMatch(message)
        expect(error).toMatchObject({ code })
        expect(await proxy.countPosts()).toBe(postsBefore + 1)
      }
      await proxy.setFaults({ breaksConnections: true })
      const postsBefore = await proxy.countPosts()
      await expect(model.generate(request)).rejects.toMatchObject({ code: 'unavailable' })
      // Once more where the socket had been used before.
      expect((await proxy.countPosts()) - postsBefore).toBeLessThanOrEqual(2)
      await proxy.setFaults({})
      expect(await generateText(model, request)).toBe(expected)
      await expect.poll(() => server.countRunning(), patience).toBe(0)
    },
  },
]

async function open(kind: ChaosKind, options: Parameters<ChaosKind['open']>[0]): Promise<Model> {
  const model = await kind.open(options)
  onTestFinished(() => model.close())
  return model
}

async function proxyOf(server: ChaosServer, options: Parameters<typeof startProxy>[1] = {}) {
  const proxy = await startProxy(server.url, options)
  onTestFinished(() => proxy.close())
  return proxy
}

/** Reasoning and text, as they came. */
async function generateText(
  model: Model,
  input: GenerateInput,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  let text = ''
  for await (const part of model.stream(input, options)) if ('text' in part) text += part.text
  return text
}

async function measureReply(
  model: Model,
): Promise<{ readonly expected: string; readonly duration: number }> {
  const expected = await generateText(model, request)
  let duration = Infinity
  // Other work on the machine makes a reply longer, so the shortest counts.
  for (let repeat = 0; repeat < 3; repeat += 1) {
    const startedAt = performance.now()
    await generateText(model, request)
    duration = Math.min(duration, performance.now() - startedAt)
  }
  return { expected, duration }
}
