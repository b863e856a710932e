import { type Message, type Model, NanoError } from '@nano/core'
import { gguf } from '@nano/tiny'
import { afterEach, describe, expect } from 'vitest'
import { openHttp } from '../../src/index.ts'
import { itWithLlamaServer, startServer, type RunningServer } from './llama-server.ts'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

async function started(count: number, more: readonly string[] = []): Promise<RunningServer[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => startServer({ model: gguf.F16, more })),
  )
  open.push(...servers.map((server) => () => server.close()))
  return servers
}

async function over(servers: readonly RunningServer[], patience: number): Promise<Model> {
  const model = await openHttp({
    endpoints: servers.map(({ url }) => url),
    livenessTimeout: patience,
  })
  open.push(() => model.close())
  return model
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
/** For a machine that has other things to do. */
const patient = { timeout: 20_000 }
const work = (server: RunningServer) => server.counter('tokens_predicted_total')
const asked = {
  messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
  reasoning: 'on',
  sampling: { temperature: 0 },
} as const

describe('several real llama-servers as one', () => {
  itWithLlamaServer(
    'share the work, and bring a conversation back to where its cache is',
    async () => {
      const servers = await started(3)
      const model = await over(servers, 5_000)
      expect(model.name).toBe('http(tiny-F16 on 3 servers)')
      await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          model.generate({ messages: `What is ${index} + 1?`, maxTokens: 20 }),
        ),
      )
      for (const server of servers) expect(await work(server)).toBeGreaterThan(0)

      // One for each: of several on one server, it may give the slot of one to another.
      const histories = Array.from({ length: 3 }, (_, index): Message[] => [
        { role: 'user', content: `What is ${100 + index} + ${index}?` },
      ])
      const firsts = []
      for (const messages of histories)
        firsts.push(
          await model.generate({ messages, reasoning: 'off', sampling: { temperature: 0 } }),
        )
      for (const [index, messages] of [...histories.entries()].toReversed()) {
        const first = firsts[index]
        if (!first) continue
        const second = await model.generate({
          messages: [...messages, first.message, { role: 'user', content: 'What is 5 + 5?' }],
          reasoning: 'off',
          sampling: { temperature: 0 },
        })
        expect(second.usage.cachedInput, `conversation ${index}`).toBeGreaterThanOrEqual(
          (first.usage.input ?? Infinity) - 1,
        )
      }
    },
  )

  itWithLlamaServer(
    'lose no call and answer none twice when one is killed and one is paused, and use both again',
    async () => {
      const [killed, paused, left] = (await started(3)) as [
        RunningServer,
        RunningServer,
        RunningServer,
      ]
      const patience = 2_500
      const model = await over([killed, paused, left], patience)
      const { text, reasoning } = await model.generate(asked)
      const expected = reasoning + text

      let going = true
      let served = 0
      let cutOff = 0
      let slowest = 0
      const wrong: string[] = []
      async function reader(): Promise<void> {
        while (going) {
          const begun = performance.now()
          let said = ''
          try {
            for await (const part of model.stream(asked)) if ('text' in part) said += part.text
            // Twice, or from two servers, it would be another.
            if (said !== expected) wrong.push(said)
            served++
          } catch (error) {
            // A reply half shown fails, and is not begun again; one that was not begun is served
            // elsewhere.
            if (said === '' || !NanoError.is(error) || error.code !== 'unavailable')
              wrong.push(`${said} ${String(error)}`)
            cutOff++
          }
          slowest = Math.max(slowest, performance.now() - begun)
        }
      }

      const readers = Array.from({ length: 6 }, reader)
      open.unshift(async () => void (going = false))
      await wait(300)
      process.kill(killed.pid, 'SIGKILL')
      await wait(700)
      const toKill = slowest
      slowest = 0
      process.kill(paused.pid, 'SIGSTOP')
      await wait(patience + 2_500)
      const toPause = slowest
      const without = served
      await expect.poll(() => served, patient).toBeGreaterThan(without)

      process.kill(paused.pid, 'SIGCONT')
      const again = await startServer({ model: gguf.F16, port: Number(new URL(killed.url).port) })
      open.push(() => again.close())
      const before = await work(paused)
      // Both serve again.
      await expect.poll(() => work(again), patient).toBeGreaterThan(0)
      await expect.poll(() => work(paused), patient).toBeGreaterThan(before)
      going = false
      await Promise.all(readers)

      expect(wrong).toEqual([])
      expect(served).toBeGreaterThan(20)
      // At most what the two had in hand.
      expect(cutOff).toBeLessThanOrEqual(12)
      // A pause is noticed within one question and its limit; the rest is the call itself, on a
      // machine that is busy.
      expect(toPause).toBeLessThan(patience + 5_000)
      console.log(
        `served ${served}, cut off ${cutOff}; slowest call around the kill ${Math.round(toKill)} ms, around the pause ${Math.round(toPause)} ms with a patience of ${patience} ms`,
      )
    },
  )

  itWithLlamaServer('are opened while one of them is away, which joins when it comes', async () => {
    const [here, gone] = (await started(2)) as [RunningServer, RunningServer]
    await gone.close()
    const model = await over([here, gone], 1_000)
    expect(await model.generate({ messages: 'What is 1 + 1?', maxTokens: 4 })).toBeDefined()
    const back = await startServer({ model: gguf.F16, port: Number(new URL(gone.url).port) })
    open.push(() => back.close())
    await expect
      .poll(async () => {
        await Promise.all(
          Array.from({ length: 4 }, (_, index) =>
            model.generate({ messages: `What is ${index} + 1?`, maxTokens: 4 }),
          ),
        )
        return work(back)
      }, patient)
      .toBeGreaterThan(0)
  })

  itWithLlamaServer('fail as one when all are gone, and that may pass', async () => {
    const servers = await started(2)
    const model = await over(servers, 500)
    await Promise.all(servers.map((server) => server.close()))
    await expect(model.generate('hi')).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(/no server could serve/) as string,
    })
  })

  itWithLlamaServer('of different models are refused', async () => {
    const [one] = (await started(1)) as [RunningServer]
    const other = await startServer({ model: gguf.Q4_0 })
    open.push(() => other.close())
    await expect(openHttp({ endpoints: [one.url, other.url] })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/tiny-Q4_0.*tiny-F16/) as string,
    })
  })
})
