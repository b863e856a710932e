// Writes the folders of models/onnx from the F16 file, whose weights are those of the training.
// Each folder lies in another one, because onnxruntime refuses weights outside a model's folder.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  openDecoder,
  writeOnnxFolder,
  type OnnxData,
  type OnnxLayout,
  type OnnxPrecision,
} from '@nano/forge/onnx'
import { readGgufFileInfo } from 'node-llama-cpp'
import { gguf } from '../src/index.ts'

const root = process.argv[2] ?? fileURLToPath(new URL('../models/onnx', import.meta.url))
const {
  shape,
  vocabulary,
  chatTemplate = '',
  weights,
  close,
} = openDecoder(gguf.F16, await readGgufFileInfo(gguf.F16))
const writtenData: OnnxData[] = []

await writeFolder('int4/transformers', 'transformers', 'fp32')
await writeFolder('int4/transformers', 'transformers', 'q4')
await writeFolder('int4', 'genai', 'q4')
await writeFolder('.', 'genai', 'fp32')
close()

async function writeFolder(
  folder: string,
  layout: OnnxLayout,
  precision: OnnxPrecision,
): Promise<void> {
  const { data } = await writeOnnxFolder({
    folder: join(root, folder),
    layout,
    precision,
    shape,
    vocabulary,
    chatTemplate,
    weights,
    shared: writtenData,
    // The embedding is also the output matrix: its rounding errors would reach every choice.
    head: 'full',
  })
  writtenData.push(data)
}
