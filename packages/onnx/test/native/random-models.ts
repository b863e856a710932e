import { join } from 'node:path'
import { madeUpVocabulary, type Shape, shapes } from '@nano/forge'
import { type OnnxPrecision, writeOnnx, writeOnnxFolder } from '@nano/forge/onnx'
import type { OnnxTensor } from '@nano/onnx-graph'

interface ModelOptions {
  /** Name of the folder. */
  readonly name: string
  readonly precision: OnnxPrecision
  readonly shape?: Shape
}

/**
 * Writes a model with random weights in the layout of transformers.js. The name of its folder says
 * its chat format.
 */
export async function writeRandomModel(
  folder: string,
  { name, precision, shape = shapes.small }: ModelOptions,
): Promise<string> {
  const path = join(folder, name, 'Llama 3.1 Nemotron Nano 4B v1.1')
  await writeOnnxFolder({
    folder: path,
    layout: 'transformers',
    shape,
    precision,
    vocabulary: madeUpVocabulary(shape.vocabularySize),
    deviation: 0.1,
  })
  return path
}

/**
 * Writes a decoder that appends new keys, as exports without GroupQueryAttention do: rows of a
 * batch would have to be padded at the beginning. Its logits are sine waves of the sum of the
 * tokens that the mask does not hide.
 */
export async function writeConcatenatingModel(folder: string, vocabulary: number): Promise<string> {
  const path = join(folder, 'concatenating.onnx')
  const integers = (name: string, ...values: number[]): OnnxTensor => ({
    name,
    type: 'int64',
    dimensions: [values.length],
    bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  })
  const waves = Float32Array.from({ length: vocabulary }, (_, token) => Math.sin(token) / 10)
  await writeOnnx({
    path,
    name: 'concatenating',
    inputs: [
      { name: 'input_ids', type: 'int64', dimensions: ['batch', 'length'] },
      { name: 'attention_mask', type: 'int64', dimensions: ['batch', 'total'] },
      { name: 'past_key_values.0.key', type: 'float32', dimensions: ['batch', 1, 'past', 1] },
    ],
    outputs: [
      { name: 'logits', type: 'float32', dimensions: ['batch', 1, vocabulary] },
      { name: 'present.0.key', type: 'float32', dimensions: ['batch', 1, 'total', 1] },
    ],
    nodes: [
      { operator: 'Cast', inputs: ['input_ids'], outputs: ['read'], attributes: { to: 1 } },
      { operator: 'Reshape', inputs: ['read', 'as_keys'], outputs: ['key'] },
      {
        operator: 'Concat',
        inputs: ['past_key_values.0.key', 'key'],
        outputs: ['present.0.key'],
        attributes: { axis: 2 },
      },
      { operator: 'Reshape', inputs: ['present.0.key', 'as_rows'], outputs: ['keys'] },
      { operator: 'Cast', inputs: ['attention_mask'], outputs: ['mask'], attributes: { to: 1 } },
      { operator: 'Mul', inputs: ['keys', 'mask'], outputs: ['seen'] },
      { operator: 'ReduceSum', inputs: ['seen', 'last_axis'], outputs: ['sum'] },
      { operator: 'Reshape', inputs: ['sum', 'as_logits'], outputs: ['sums'] },
      { operator: 'Mul', inputs: ['sums', 'waves'], outputs: ['phases'] },
      { operator: 'Sin', inputs: ['phases'], outputs: ['logits'] },
    ],
    tensors: [
      integers('as_keys', 0, 1, -1, 1),
      integers('as_rows', 0, -1),
      integers('last_axis', 1),
      integers('as_logits', 0, 1, 1),
      {
        name: 'waves',
        type: 'float32',
        dimensions: [vocabulary],
        bytes: new Uint8Array(waves.buffer),
      },
    ],
  })
  return path
}
