import type { Message, Model } from '@nano/core'
import { gguf } from '@nano/tiny'
import { describe, expect, onTestFinished } from 'vitest'
import { startReaders } from '../../../../test/shared/chaos/start-readers.ts'
import { openHttp } from '../../src/index.ts'
import { openModel } from '../open-model.ts'
import { itWithLlamaServer, type RunningServer, startServer } from './llama-server.ts'

async function start(options: Partial<Parameters<typeof startServer>[0]> = {}) {
  const server = await startServer({ model: gguf.F16, ...options })
  onTestFinished(() => server.close())
  return server
}

function openPool(servers: readonly RunningServer[], livenessTimeout: number): Promise<Model> {
  return openModel({ endpoints: servers.map(({ url }) => url), livenessTimeout })
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
/** Long enough for a machine with other work. */
const pollOptions = { timeout: 20_000 }
const countTokens = (server: RunningServer) => server.counter('tokens_predicted_total')
const portOf = ({ url }: RunningServer) => Number(new URL(url).port)
const request = {
  messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
  reasoning: 'on',
  sampling: { temperature: 0 },
} as const

describe('several real llama-servers as one', () => {
  itWithLlamaServer('share the work', async () => {
    const servers = await Promise.all([start(), start(), start()])
    const model = await openPool(servers, 5_000)
    expect(model.name).toBe('http(tiny-F16 on 3 servers)')
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        model.generate({ messages: `What is ${index} + 1?`, maxTokens: 20 }),
      ),
    )
    for (const server of servers) expect(await countTokens(server)).toBeGreaterThan(0)
  })

  itWithLlamaServer('get a conversation back where its cache is', async () => {
    const servers = await Promise.all([start(), start(), start()])
    const model = await openPool(servers, 20_000)
    const settings = { reasoning: 'off', sampling: { temperature: 0 } } as const
    /** Asks, and finds the server that has answered: beside other programs, one may get two. */
    const ask = async (messages: readonly Message[]) => {
      const countsBefore = await Promise.all(servers.map(countTokens))
      const reply = await model.generate({ messages, ...settings })
      const findServer = async () => {
        const counts = await Promise.all(servers.map(countTokens))
        return counts.findIndex((count, index) => count > countsBefore[index]!)
      }
      await expect.poll(findServer, pollOptions).toBeGreaterThanOrEqual(0)
      return { reply, messages, server: await findServer() }
    }
    const beginnings = []
    for (const index of [0, 1, 2])
      beginnings.push(await ask([{ role: 'user', content: `What is ${100 + index} + ${index}?` }]))
    const areApart = new Set(beginnings.map(({ server }) => server)).size === servers.length
    for (const { messages, reply, server } of beginnings.toReversed()) {
      const next: Message = { role: 'user', content: 'What is 5 + 5?' }
      const followUp = await ask([...messages, reply.message, next])
      expect(followUp.server).toBe(server)
      // With two conversations on one, that server may use the slot of the other.
      if (areApart)
        expect(followUp.reply.usage.cachedInput).toBeGreaterThanOrEqual(reply.usage.input! - 1)
    }
  })

  itWithLlamaServer(
    'lose no call and answer none twice while one is killed and one is paused',
    async () => {
      const [killedServer, pausedServer, steadyServer] = [
        await start(),
        await start(),
        await start(),
      ]
      const livenessTimeout = 2_500
      const model = await openPool([killedServer, pausedServer, steadyServer], livenessTimeout)
      const { text, reasoning } = await model.generate(request)
      const { results, stop } = startReaders(model, {
        count: 6,
        request,
        expected: reasoning + text,
      })
      onTestFinished(stop)

      await wait(300)
      process.kill(killedServer.pid, 'SIGKILL')
      await wait(700)
      const slowestAroundKill = results.slowestTime
      results.slowestTime = 0
      process.kill(pausedServer.pid, 'SIGSTOP')
      await wait(livenessTimeout + 2_500)
      const slowestAroundPause = results.slowestTime
      const servedBefore = results.servedCount
      await expect.poll(() => results.servedCount, pollOptions).toBeGreaterThan(servedBefore)

      process.kill(pausedServer.pid, 'SIGCONT')
      const restartedServer = await start({ port: portOf(killedServer) })
      const tokensBefore = await countTokens(pausedServer)
      await expect.poll(() => countTokens(restartedServer), pollOptions).toBeGreaterThan(0)
      await expect.poll(() => countTokens(pausedServer), pollOptions).toBeGreaterThan(tokensBefore)
      await stop()

      expect(results.faults).toEqual([])
      expect(results.servedCount).toBeGreaterThan(20)
      // At most the calls that the two servers worked on.
      expect(results.failedCount).toBeLessThanOrEqual(12)
      // A liveness check and its time-out notice the pause; the rest is the call itself.
      expect(slowestAroundPause).toBeLessThan(livenessTimeout + 5_000)
      console.log(
        `served ${results.servedCount}, failed ${results.failedCount}; ` +
          `slowest call around the kill ${Math.round(slowestAroundKill)} ms, ` +
          `around the pause ${Math.round(slowestAroundPause)} ms ` +
          `with a liveness timeout of ${livenessTimeout} ms`,
      )
    },
  )

  itWithLlamaServer('open while one of them is away, which joins when it comes', async () => {
    const [runningServer, closedServer] = [await start(), await start()]
    await closedServer.close()
    const model = await openPool([runningServer, closedServer], 1_000)
    expect(await model.generate({ messages: 'What is 1 + 1?', maxTokens: 4 })).toBeDefined()
    const restartedServer = await start({ port: portOf(closedServer) })
    await expect
      .poll(async () => {
        await Promise.all(
          Array.from({ length: 4 }, (_, index) =>
            model.generate({ messages: `What is ${index} + 1?`, maxTokens: 4 }),
          ),
        )
        return countTokens(restartedServer)
      }, pollOptions)
      .toBeGreaterThan(0)
  })

  itWithLlamaServer('fail with a retryable error when all of them are away', async () => {
    const servers = [await start(), await start()]
    const model = await openPool(servers, 500)
    await Promise.all(servers.map((server) => server.close()))
    await expect(model.generate('hi')).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(/no server could serve/) as string,
    })
  })

  itWithLlamaServer('are refused where they have different models', async () => {
    const [first, second] = [await start(), await start({ model: gguf.Q4_0 })]
    await expect(openHttp({ endpoints: [first.url, second.url] })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/tiny-Q4_0.*tiny-F16/) as string,
    })
  })
})
