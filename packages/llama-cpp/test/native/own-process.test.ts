import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Model, NanoError } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { madeUpVocabulary, shapes, transformer } from '@nano/forge'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findChildren, isRunning, missingProc } from '../../../../test/shared/child-processes.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { loadState, openLlamaCpp, saveState } from '../../src/index.ts'
import { writeModel } from './small-models.ts'

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

  it('that is aborted just where a budget closes its thought gives the reason', async () => {
    const request = { ...question, reasoningBudget: 12 }
    const readUntil = async (delay: number) => {
      const abort = new AbortController()
      let parts = 0
      for await (const _ of remote.stream(request, { signal: abort.signal }))
        if (++parts === 11) globalThis.setTimeout(() => abort.abort('enough'), delay)
    }
    const reasons = new Set<unknown>()
    // Beside other programs, a reply may end before the timer is looked at.
    for (let delay = 0; delay < 2; delay += 0.05)
      reasons.add(await readUntil(delay).catch((reason: unknown) => reason))
    reasons.delete(undefined)
    expect([...reasons]).toEqual(['enough'])
  })

  it('is refused with the same error', async () => {
    const refuse = (ownProcess: boolean) =>
      openLlamaCpp({ model: 'tiny', ownProcess, device: 'cuda' }).catch((error: unknown) => error)
    const [there, here] = [await refuse(true), await refuse(false)] as [NanoError, NanoError]
    expect(here).toBeInstanceOf(NanoError)
    expect([there.code, there.message]).toEqual([here.code, here.message])
    expect((there.cause as Error).message).toBe((here.cause as Error).message)
  })

  it('saves a state that a model in this process loads', async () => {
    const path = join(temporaryFolder(), 'conversation.state')
    const { tokens } = await saveState(remote, { conversation: question, path })
    expect(await loadState(local, { path })).toMatchObject({ tokens })
    expect((await local.generate(question)).usage.cachedInput).toBe(tokens - 1)
    const closedModel = await open({ parallel: 2 })
    const saving = saveState(closedModel, { conversation: question, path })
    const closing = closedModel.close()
    await expect(saving).rejects.toMatchObject({ code: 'closed' })
    await closing
    await expect(loadState(closedModel, { path })).rejects.toMatchObject({ code: 'closed' })
  })
})

describe.skipIf(missingProc)(`the process of a model${missingProc}`, () => {
  it('is there for a model of 10 million parameters, unless ownProcess is off', async () => {
    const path = await writeModel(
      temporaryFolder(),
      'large.gguf',
      transformer({
        shape: { ...shapes.small, layers: 16 },
        quantization: 'Q8_0',
        vocabulary: madeUpVocabulary(shapes.small.vocabularySize),
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, small',
      }),
    )
    const countProcesses = async (options: object) => {
      const model = await openLlamaCpp({ model: path, threads: 1, ...options })
      const { length } = findChildren(process.pid)
      await model.close()
      return length
    }
    expect(await countProcesses({})).toBe(1)
    expect(await countProcesses({ ownProcess: false })).toBe(0)
    expect(await countProcesses({ model: 'tiny' })).toBe(0)
  })

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

  it('that is killed ends all replies and later calls with an error', async () => {
    const model = await open({ parallel: 2 })
    const [pid] = findChildren(process.pid)
    const failures = [1, 2].map(async () => {
      for await (const _ of model.stream(question)) process.kill(pid!, 'SIGKILL')
    })
    for (const failure of failures)
      await expect(failure).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(
          /process of the model has ended \(SIGKILL\).*Open the model again/,
        ),
      })
    await expect(model.generate(question)).rejects.toMatchObject({ code: 'unavailable' })
    await model.close()
  })

  it('ignores SIGINT, SIGTERM and SIGHUP, as the app may', async () => {
    const model = await open()
    const [pid] = findChildren(process.pid)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      for await (const _ of model.stream(question)) process.kill(pid!, name)
      expect((await model.generate(question)).text, name).not.toBe('')
    }
    await model.close()
  })

  it('waits for no debugger', async () => {
    vi.stubEnv('NODE_OPTIONS', '--inspect-brk=0')
    const model = await open()
    vi.unstubAllEnvs()
    expect((await model.generate(question)).text).not.toBe('')
    await model.close()
  })

  it('that cannot be started is unavailable, with the reason and what to do', async () => {
    vi.stubEnv('NODE_OPTIONS', '--require=/nowhere.cjs')
    await expect(open()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/no process can be started.*nowhere\.cjs.*ownProcess: false/),
    })
    vi.unstubAllEnvs()
  })

  it.each([
    ['ends with an app that ends without closing the model', '', undefined],
    ['ends with an app that is killed', 'for (;;) await model.generate(question)', 'SIGKILL'],
  ] as const)('%s', async (_what, work, signal) => {
    const app = startApp(work)
    await once(app.stdout, 'data')
    const [pid] = findChildren(app.pid!)
    if (signal) app.kill(signal)
    expect(await waitForExit(app)).toBe(signal ?? 0)
    for (let waits = 0; waits < 40 && isRunning(pid); waits++) await setTimeout(50)
    expect(isRunning(pid)).toBe(false)
  })

  it('does not let an app end that waits for a call when it is killed', async () => {
    const app = startApp(`
      const [pid] = findChildren(process.pid)
      for await (const _ of model.stream(question)) process.kill(pid, 'SIGKILL')`)
    let output = ''
    app.stderr.on('data', (text: Buffer) => (output += text.toString()))
    expect(await waitForExit(app)).toBe(1)
    expect(output).toContain('the process of the model has ended (SIGKILL)')
  })
})

/** Starts an app that opens the model, says so, and does some work. */
function startApp(work: string) {
  const helpers = import.meta.resolve('../../../../test/shared/child-processes.ts')
  const code = `
    import { openLlamaCpp } from ${JSON.stringify(import.meta.resolve('../../src/index.ts'))}
    import { findChildren } from ${JSON.stringify(helpers)}
    const model = await openLlamaCpp({ model: 'tiny', ownProcess: true })
    const question = ${JSON.stringify(question)}
    await model.generate(question)
    console.log('open')
    ${work}`
  const options = ['--conditions=@nano/source', '--no-warnings', '--input-type=module']
  return spawn(process.execPath, [...options, '--eval', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: import.meta.dirname,
  })
}

/** Resolves to the exit code of an app, or to the signal that ended it. */
async function waitForExit(app: ReturnType<typeof startApp>): Promise<unknown> {
  if (app.exitCode === null && app.signalCode === null)
    await Promise.race([once(app, 'close'), setTimeout(20_000)])
  return app.signalCode ?? app.exitCode ?? 'still running'
}
