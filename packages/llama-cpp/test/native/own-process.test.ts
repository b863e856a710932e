import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Model } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { loadState, openLlamaCpp, saveState } from '../../src/index.ts'

const open = (options: object = {}) => openLlamaCpp({ model: 'tiny', ownProcess: true, ...options })
const greedy = { temperature: 0 } as const
const question = { messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.', sampling: greedy } as const

await conformance(it, open)

describe('a model in a process of its own', () => {
  let remote: Model
  let local: Model
  beforeAll(async () => {
    remote = await open({ parallel: 2 })
    local = await openLlamaCpp({ model: 'tiny', parallel: 2 })
  })
  afterAll(() => Promise.all([remote.close(), local.close()]))

  it('says of itself what it says in this process', () => {
    expect(remote.info).toEqual(local.info)
    expect(remote.capabilities).toEqual(local.capabilities)
  })

  it.each([
    ['a thought', {}],
    ['a thought that its budget closes', { reasoningBudget: 12 }],
    ['log-probabilities', { logprobs: 2 }],
    ['a stop string', { stop: ['48'] }],
    ['a seed', { sampling: { temperature: 1, seed: 7 } }],
    ['a schema', { schema: { type: 'array', items: { type: 'integer' }, maxItems: 3 } }],
    ['a schema behind a budget', { reasoningBudget: 12, schema: { type: 'integer' } }],
  ])('gives the same reply: %s', async (_what, fields) => {
    const [there, here] = await Promise.all(
      [remote, local].map((model) => model.generate({ ...question, ...fields })),
    )
    const { timings: _there, ...remoteReply } = there!
    const { timings: _here, ...localReply } = here!
    expect(remoteReply).toEqual(localReply)
  })

  it('saves a state that a model in this process loads', async () => {
    const path = join(temporaryFolder(), 'conversation.state')
    const { tokens } = await saveState(remote, { conversation: question, path })
    expect(await loadState(local, { path })).toMatchObject({ tokens })
    expect((await local.generate(question)).usage.cachedInput).toBe(tokens - 1)
  })
})

describe('the process of a model', () => {
  it('ends with the model', async () => {
    const model = await open()
    const [pid] = findChildren(process.pid)
    await model.close()
    expect(pid).toBeGreaterThan(0)
    expect(isRunning(pid)).toBe(false)
  })

  it('ends where the model cannot be loaded, and where the loading is aborted', async () => {
    await expect(open({ contextLength: 1e9 })).rejects.toMatchObject({ code: 'invalid-request' })
    const signal = AbortSignal.timeout(300)
    await expect(open({ signal })).rejects.toHaveProperty('name', 'TimeoutError')
    const onLoad = () => {
      throw new RangeError('not listening')
    }
    await expect(open({ onLoad })).rejects.toThrow('not listening')
    expect(findChildren(process.pid)).toEqual([])
  })

  it('that is killed ends its replies with an error that says so, and every later call', async () => {
    const model = await open({ parallel: 2 })
    const [pid] = findChildren(process.pid)
    const failures = [1, 2].map(async () => {
      for await (const _ of model.stream(question)) process.kill(pid!, 'SIGKILL')
    })
    for (const failure of failures)
      await expect(failure).rejects.toMatchObject({
        code: 'internal',
        message: expect.stringMatching(
          /process of the model ended \(SIGKILL\).*Open the model again/,
        ),
      })
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'internal' })
    await model.close()
  })

  it('does not hear the interrupt of a terminal, which the app handles', async () => {
    const model = await open()
    const [pid] = findChildren(process.pid)
    for await (const _ of model.stream(question)) process.kill(pid!, 'SIGINT')
    expect((await model.generate(question)).text).not.toBe('')
    await model.close()
  })

  it.each([
    ['that ends without closing the model', '', undefined],
    [
      'that is killed in the middle of a reply',
      'for (;;) await model.generate(question)',
      'SIGKILL',
    ],
  ] as const)('ends with an app %s', async (_what, work, signal) => {
    const app = spawn(
      process.execPath,
      [
        '--conditions=@nano/source',
        '--no-warnings',
        '--input-type=module',
        '--eval',
        `import { openLlamaCpp } from ${JSON.stringify(import.meta.resolve('../../src/index.ts'))}
         const model = await openLlamaCpp({ model: 'tiny', ownProcess: true })
         const question = ${JSON.stringify(question)}
         await model.generate(question)
         console.log('open')
         ${work}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname },
    )
    await once(app.stdout, 'data')
    const [pid] = findChildren(app.pid!)
    if (signal) app.kill(signal)
    if (app.exitCode === null && app.signalCode === null)
      await Promise.race([once(app, 'exit'), setTimeout(20_000)])
    expect([app.exitCode, app.signalCode]).not.toEqual([null, null])
    expect(app.exitCode).toBe(signal ? null : 0)
    for (let waits = 0; waits < 40 && isRunning(pid); waits++) await setTimeout(50)
    expect(isRunning(pid)).toBe(false)
  })
})

/** Ids of the processes that a process has started; none where the system does not tell. */
function findChildren(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number)
}

function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
