// Writes models/onnx from the F16 file: its weights are those it was trained with. Three folders,
// one in another, since onnxruntime refuses weights from outside the folder of a model.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  decoderIn,
  readGguf,
  writeOnnxFolder,
  type OnnxData,
  type OnnxLayout,
  type OnnxPrecision,
} from '@nano/forge'
import { gguf } from '../src/index.ts'

const root = process.argv[2] ?? fileURLToPath(new URL('../models/onnx', import.meta.url))
const file = readGguf(gguf.F16)
const { shape, vocabulary, chatTemplate = '', weights } = decoderIn(file)
const shared: OnnxData[] = []

const write = async (
  folder: string,
  layout: OnnxLayout,
  precision: OnnxPrecision,
): Promise<void> => {
  // The embedding is also the output matrix: its rounding errors would reach every choice directly.
  const { data } = await writeOnnxFolder({
    folder: join(root, folder),
    layout,
    precision,
    shape,
    vocabulary,
    chatTemplate,
    weights,
    shared,
    head: 'full',
  })
  shared.push(data)
}

await write('int4/transformers', 'transformers', 'fp32')
await write('int4/transformers', 'transformers', 'q4')
await write('int4', 'genai', 'q4')
await write('.', 'genai', 'fp32')
file.close()
