import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { listWeightFiles, renameWeightFiles } from '../src/index.ts'
import { tinyModels } from './support/session.ts'

const model = readFileSync(tinyModels['as transformers.js has them, in four bits'])

it('lists each file of weights once, also those that other models share', () => {
  expect(listWeightFiles(model)).toEqual(['model.onnx_data', 'model_q4.onnx_data'])
})

it('renames the files that it is told to, and leaves the rest to the byte', () => {
  const renamedModel = renameWeightFiles(model, (file) =>
    file === 'model.onnx_data' ? 'blobs/0' : undefined,
  )
  expect(listWeightFiles(renamedModel)).toEqual(['blobs/0', 'model_q4.onnx_data'])
  const restoredModel = renameWeightFiles(renamedModel, (file) =>
    file === 'blobs/0' ? 'model.onnx_data' : undefined,
  )
  expect(Buffer.from(restoredModel).equals(model)).toBe(true)
})

it('refuses bytes that are not a model', () => {
  expect(() => listWeightFiles(Uint8Array.of(1, 2, 3))).toThrow(/not an ONNX model/)
})
