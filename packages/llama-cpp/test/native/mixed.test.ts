import { join } from 'node:path'
import { NanoError } from '@nano/core'
import { beforeAll, expect, it } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { loadState, openLlamaCpp, saveState } from '../../src/index.ts'
import { smallLora, smallModel, writeModel } from './small-models.ts'

const folder = temporaryFolder()
const names = ['a', 'b', 'c'] as const
let model: string
const loras: Record<string, string> = {}
beforeAll(async () => {
  model = await writeModel(folder, 'model.gguf', smallModel())
  for (const [seed, name] of names.entries())
    loras[name] = await writeModel(folder, `${name}.gguf`, smallLora(seed + 1))
})

const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }
const baseRequest = {
  messages: 'All work and no play.',
  maxTokens: 12,
  sampling: { temperature: 0 },
} as const
const rounds = isLongRun ? 24 : 1

it('mixed jobs with aborts at any moment change no reply, and lose no sequence', async () => {
  for (let round = 0; round < rounds; round++) {
    let seed = round
    const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
    const drawBelow = (limit: number) => Math.floor(random() * limit)
    const openedModel = await openLlamaCpp({
      model,
      parallel: 2,
      loras,
      loraContexts: 1 + (round % 2),
      contextLength: 1_024,
      ...(round % 2 === 0 && { speculation: 'prompt-lookup' }),
    })
    const replies = () =>
      Promise.all(
        [undefined, ...names].map(
          async (lora) =>
            (await openedModel.generate({ ...baseRequest, ...(lora && { lora }) })).text,
        ),
      )
    const repliesBefore = await replies()

    const job = async (index: number) => {
      const abort = new AbortController()
      const reason = { index }
      const kind = (['generate', 'leave', 'stay', 'state'] as const)[index % 4]
      const lora = [undefined, ...names][drawBelow(4)]
      const conversation = {
        messages: 'All work and no play. '.repeat(1 + drawBelow(20)),
        ...(lora && { lora }),
      }
      const request = {
        ...conversation,
        maxTokens: 4 + drawBelow(20),
        ...(random() < 0.3 && ({ reasoning: 'on', reasoningBudget: 5 } as const)),
        ...(random() < 0.3 && { schema }),
      }
      const [parts, path] = [1 + drawBelow(4), join(folder, `state-${index}`)]
      const timer =
        kind === 'leave' || kind === 'stay'
          ? undefined
          : setTimeout(() => abort.abort(reason), random() * 1_500)
      const { signal } = abort
      try {
        if (kind === 'leave') {
          let partCount = 0
          for await (const _ of openedModel.stream(request)) if (++partCount >= parts) break
        } else if (kind === 'state') {
          await saveState(openedModel, { path, conversation, signal })
          await loadState(openedModel, { path, signal })
        } else await openedModel.generate(request, { signal })
        return 'done'
      } catch (error) {
        if (error === reason) return 'aborted'
        throw new Error(
          `${kind} ended with ${NanoError.is(error) ? `${error.code}: ` : ''}${String(error)}`,
          { cause: error },
        )
      } finally {
        clearTimeout(timer)
      }
    }
    const outcomes = await Promise.all(Array.from({ length: 120 }, (_, index) => job(index)))
    expect(new Set(outcomes)).toEqual(new Set(['done', 'aborted']))

    // As many at once as there are slots, in each context.
    expect(await replies()).toEqual(repliesBefore)
    for (const lora of [undefined, ...names]) {
      const streams = [1, 2].map(() =>
        openedModel.stream({ ...baseRequest, ...(lora && { lora }) }),
      )
      await Promise.all(streams.map((stream) => stream.next()))
      await Promise.all(streams.map((stream) => stream.return()))
    }
    await openedModel.close()
  }
})
