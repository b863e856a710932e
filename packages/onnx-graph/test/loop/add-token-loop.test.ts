import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { shapes } from '../../../forge/src/index.ts'
import { addTokenLoop } from '../../src/index.ts'
import {
  concatFields,
  integerField,
  messageField,
  rawBytes,
  stringField,
  toBytes,
} from '../../src/protobuf/encode-fields.ts'
import { parseFields } from '../../src/protobuf/parse-fields.ts'
import { replyByLoop, replyByStep, type Reply } from '../support/reply.ts'
import {
  modelWriter,
  openPair,
  randomDecoder,
  stepFeeds,
  tinyModels,
  type SessionPair,
} from '../support/session.ts'
import { settingsToTry } from '../support/settings.ts'
import { randomRows, tableDecoder } from '../support/table-decoder.ts'

const writeModel = modelWriter()
const prompt = [1, 50, 60, 70, 80, 90]
const vocabularySize = 640

describe.each(Object.entries(tinyModels))('a loop of decoders %s', (_, path) => {
  const tries = settingsToTry.map((settings, seed) => ({
    prompt,
    length: 24,
    vocabularySize,
    sampling: { ...settings, seed },
  }))
  let pair: SessionPair
  let tokensByStep: readonly (readonly number[])[]
  beforeAll(async () => {
    pair = await openPair(path, addTokenLoop)
    const replies = []
    for (const options of tries) replies.push(await replyByStep(pair.originalSession, options))
    tokensByStep = replies.map(({ tokens }) => tokens)
  })

  it.each([1, 3, 16])('of %i steps chooses what single steps choose', async (steps) => {
    for (const [index, options] of tries.entries())
      expect(
        (await replyByLoop(pair.rewrittenSession, options, steps)).tokens,
        JSON.stringify(options.sampling),
      ).toEqual(tokensByStep[index])
  })

  it('ends at a stop id, and its cache serves for another prompt', async () => {
    const { originalSession, rewrittenSession } = pair
    const options = { prompt, length: 24, vocabularySize, sampling: { temperature: 3, seed: 5 } }
    const { tokens } = await replyByStep(originalSession, options)
    const stopId = tokens[9]!
    const stopIds = [stopId, 639]
    const replyOfSteps = await replyByStep(originalSession, { ...options, stopIds })
    const replyOfLoop = await replyByLoop(rewrittenSession, { ...options, stopIds }, 16)
    expect(replyOfLoop.tokens).toEqual(tokens.slice(0, tokens.indexOf(stopId) + 1))
    const logitsAfter = async (session: SessionPair['originalSession'], { cache }: Reply) =>
      (await session.run({ ...stepFeeds(session, [7, 8], cache), ...cache })).logits!.data
    expect(await logitsAfter(originalSession, replyOfLoop)).toEqual(
      await logitsAfter(originalSession, replyOfSteps),
    )
  })
})

it.each(['fp16', 'q4f16'] as const)('a decoder in %s runs in a loop', async (precision) => {
  const { originalSession, rewrittenSession } = await openPair(
    await writeModel(randomDecoder({ precision, logits: 'requested' })),
    addTokenLoop,
  )
  const options = {
    prompt: [501, 65, 300],
    length: 12,
    vocabularySize: shapes.small.vocabularySize,
    sampling: { temperature: 1, topK: 20, seed: 3 },
  }
  expect((await replyByLoop(rewrittenSession, options, 6)).tokens).toEqual(
    (await replyByStep(originalSession, options)).tokens,
  )
})

describe('weights', () => {
  it('in a file beside the model stay there', () => {
    const model = readFileSync(tinyModels['as transformers.js has them'])
    const rewrittenModel = addTokenLoop(model)
    expect(rewrittenModel.length - model.length).toBeLessThan(20_000)
    const countReferences = (bytes: Uint8Array) =>
      Buffer.from(bytes).toString('latin1').split('model.onnx_data').length
    expect(countReferences(rewrittenModel)).toBe(countReferences(model))
  })

  it('inside the file stay inside', async () => {
    const { originalSession, rewrittenSession } = await openPair(
      await writeModel(randomDecoder({ hasPositionIds: true })),
      addTokenLoop,
    )
    const options = {
      prompt: [501, 65, 300],
      length: 8,
      vocabularySize: shapes.small.vocabularySize,
      sampling: { temperature: 0, seed: 0 },
    }
    expect((await replyByLoop(rewrittenSession, options, 8)).tokens).toEqual(
      (await replyByStep(originalSession, options)).tokens,
    )
  })
})

const greedyReply = {
  prompt: [3],
  length: 16,
  vocabularySize: 40,
  sampling: { temperature: 0, seed: 1 },
}

it('a decoder with a branch for the first step takes the other branch in later steps', async () => {
  const { originalSession, rewrittenSession } = await openPair(
    await writeModel(tableDecoder({ rows: randomRows(40, 1), firstRows: randomRows(40, 2) })),
    addTokenLoop,
  )
  expect((await replyByLoop(rewrittenSession, greedyReply, 16)).tokens).toEqual(
    (await replyByStep(originalSession, greedyReply)).tokens,
  )
})

it('the types of values within a graph move into the loop with its nodes', async () => {
  const path = await writeModel(tableDecoder({ rows: randomRows(40, 1) }))
  writeFileSync(path, withValueInfos(readFileSync(path)))
  const { originalSession, rewrittenSession } = await openPair(path, addTokenLoop)
  const options = { ...greedyReply, prompt: [3, 4] }
  expect((await replyByLoop(rewrittenSession, options, 16)).tokens).toEqual(
    (await replyByStep(originalSession, options)).tokens,
  )
  expect(Buffer.from(addTokenLoop(readFileSync(path))).toString('latin1')).toContain(
    'read\x12\x04\n\x02\x08\x01',
  )
})

/** Adds types to the graph of a table decoder: those of a weight, of outputs, and of a value. */
function withValueInfos(model: Uint8Array): Uint8Array {
  const shape = messageField(
    2,
    ...['batch', 'length', 'width'].map((size) => messageField(1, stringField(2, size))),
  )
  const valueInfo = (name: string, ...dimensions: (typeof shape)[]) =>
    messageField(
      13,
      stringField(1, name),
      messageField(2, messageField(1, integerField(1, 1), ...dimensions)),
    )
  return toBytes(
    concatFields(
      parseFields(model).map((field) =>
        field.number === 7
          ? messageField(
              7,
              rawBytes(field.bytes),
              ...['rows', 'logits', 'present.0.key'].map((name) => valueInfo(name, shape)),
              valueInfo('read'),
            )
          : rawBytes(field.encoded),
      ),
    ),
  )
}
