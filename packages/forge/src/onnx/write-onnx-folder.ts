import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertShape } from '../decoder/shape.ts'
import type { Vocabulary } from '../decoder/vocabulary.ts'
import type { WriteProgress } from '../files/write-files.ts'
import { genaiFiles, transformersFiles } from './config-files.ts'
import { tokenizerFiles } from './tokenizer-files.ts'
import type { OnnxPrecision } from './transformer/decoder-build.ts'
import { onnxTransformer, type OnnxTransformerOptions } from './transformer/onnx-transformer.ts'
import { writeOnnx, type OnnxData } from './write-onnx.ts'

/** Which program's layout a folder has: onnxruntime-genai's or transformers.js's. */
export type OnnxLayout = 'genai' | 'transformers'

/** Options of `writeOnnxFolder`. */
export interface WriteOnnxFolderOptions extends OnnxTransformerOptions {
  /** Created where it does not exist. */
  readonly folder: string
  readonly layout: OnnxLayout
  /** A vocabulary with as many tokens as the shape has. */
  readonly vocabulary: Vocabulary
  /** A Jinja template for chats. By default the folder has none. */
  readonly chatTemplate?: string
  /**
   * Data files of other models, in the folder of the model or below it. The model uses their
   * tensors instead of its own where name, type and size are the same.
   */
  readonly shared?: readonly OnnxData[]
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/** The model that was written. */
export interface OnnxFolder {
  /** Bytes of the model and its weights. */
  readonly bytes: number
  /** The path of the model. */
  readonly path: string
  /** The data file, which other models can share. */
  readonly data: OnnxData
}

/** What transformers.js puts behind the name of a model. */
const suffixes: Readonly<Record<OnnxPrecision, string>> = {
  fp32: '',
  fp16: '_fp16',
  q4: '_q4',
  q4f16: '_q4f16',
}

/**
 * Writes a decoder with its configuration and tokenizer, as an exporter does. A folder of the
 * layout `transformers` can hold several precisions, one call each. By default the graph has
 * `position_ids` in the layout `transformers` only. Throws as `writeOnnx` and `onnxTransformer` do.
 * After an abort there is no model; small files may be there.
 */
export async function writeOnnxFolder({
  folder,
  layout,
  vocabulary,
  chatTemplate,
  shared,
  onProgress,
  signal,
  ...options
}: WriteOnnxFolderOptions): Promise<OnnxFolder> {
  const { shape, precision, hasPositionIds = layout === 'transformers' } = options
  assertShape(shape, vocabulary.tokens.length)
  const graph = onnxTransformer({ ...options, hasPositionIds })
  const modelFolder = layout === 'genai' ? folder : join(folder, 'onnx')
  await mkdir(modelFolder, { recursive: true })

  const name = layout === 'genai' ? 'model.onnx' : `model${suffixes[precision]}.onnx`
  const path = join(modelFolder, name)
  const dataPath = `${path}${layout === 'genai' ? '.data' : '_data'}`
  const { bytes, data = { path: dataPath, offsets: {} } } = await writeOnnx({
    path,
    dataPath,
    ...graph,
    ...(shared && { shared }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  })

  const inputs = graph.inputs.map(({ name }) => name)
  const configuration = { shape, vocabulary, inputs, modelFolder }
  const files = {
    ...tokenizerFiles({
      vocabulary,
      contextLength: shape.contextLength,
      ...(chatTemplate !== undefined && { chatTemplate }),
    }),
    ...(layout === 'genai' ? genaiFiles(configuration) : await transformersFiles(configuration)),
  }
  for (const [name, value] of Object.entries(files)) {
    const indent = name === 'tokenizer.json' ? 0 : 2
    await writeFile(join(folder, name), `${JSON.stringify(value, null, indent)}\n`)
  }
  return { bytes, path, data }
}
