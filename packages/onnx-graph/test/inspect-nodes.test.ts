import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { addTokenLoop, inspectNodes } from '../src/index.ts'
import { tinyModels } from './support/session.ts'

const model = readFileSync(tinyModels['as transformers.js has them, in four bits'])

it('lists the operators of a model and the values that they read', () => {
  const { operators, readValues } = inspectNodes(model)
  expect([...operators]).toEqual(expect.arrayContaining(['GroupQueryAttention', 'MatMulNBits']))
  expect(operators.has('Loop')).toBe(false)
  expect(readValues.has('input_ids')).toBe(true)
  expect(readValues.has('logits')).toBe(false)
})

it('lists those of nested graphs too', () => {
  const { operators } = inspectNodes(addTokenLoop(model))
  expect([...operators]).toEqual(expect.arrayContaining(['Loop', 'GroupQueryAttention']))
})

it('refuses bytes that are not a model', () => {
  expect(() => inspectNodes(Uint8Array.of(1, 2, 3))).toThrow(/not an ONNX model/)
})
