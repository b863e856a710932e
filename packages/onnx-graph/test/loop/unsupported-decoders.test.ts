import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addTokenLoop, type OnnxGraph } from '../../src/index.ts'
import { modelWriter } from '../support/session.ts'
import { randomRows, tableDecoder } from '../support/table-decoder.ts'

const writeModel = modelWriter()

describe('a loop cannot be added to', () => {
  const decoder = tableDecoder({ rows: randomRows(8, 1) })
  const addLoopTo = async (
    changes: Partial<OnnxGraph>,
    editModel = (model: Buffer): Uint8Array => model,
  ) => {
    const model = editModel(readFileSync(await writeModel({ ...decoder, ...changes })))
    return () => addTokenLoop(model)
  }

  it('a model that is not a decoder with a cache', async () => {
    const { inputs, outputs, nodes } = decoder
    expect(await addLoopTo({ outputs: outputs.slice(1) })).toThrow(/has no logits of the shape/)
    expect(await addLoopTo({ outputs: outputs.slice(0, 1) })).toThrow(
      'has the input past_key_values.0.key and no output present.0.key',
    )
    expect(
      await addLoopTo({
        inputs: inputs.slice(0, 1),
        nodes: nodes.slice(0, 1),
        outputs: outputs.slice(0, 1),
      }),
    ).toThrow(/has no KV cache/)
    const floatIds = { name: 'input_ids', type: 'float32', dimensions: [1, 'length'] } as const
    expect(await addLoopTo({ inputs: [floatIds, ...inputs.slice(1)] })).toThrow(
      /has no input_ids of whole numbers/,
    )
  })

  it('a decoder that has a loop', async () => {
    expect(await addLoopTo({}, addTokenLoop)).toThrow('already has an input steps')
  })

  it('a graph with an operator set older than 13', async () => {
    // The operator set is the last field but one: its version is 21.
    const setVersion = (model: Buffer) =>
      Buffer.from(model).fill(12, model.lastIndexOf(21), model.lastIndexOf(21) + 1)
    expect(await addLoopTo({}, setVersion)).toThrow('has operator set 12, and a loop needs 13')
  })

  it('bytes that are cut short or not a model', async () => {
    const badModel = expect.objectContaining({ code: 'bad-model' })
    expect(await addLoopTo({}, (model) => model.subarray(0, -9))).toThrow(badModel)
    expect(() => addTokenLoop(new TextEncoder().encode('{"model": 1}'))).toThrow(badModel)
    expect(() => addTokenLoop(new Uint8Array(0))).toThrow(/has no graph/)
  })
})
