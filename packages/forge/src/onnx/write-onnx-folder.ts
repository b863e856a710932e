import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkShape } from '../transformer.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { WriteProgress } from '../write-files.ts'
import { genaiFiles, transformersFiles } from './config-files.ts'
import {
  onnxTransformer,
  type OnnxPrecision,
  type OnnxTransformerOptions,
} from './onnx-transformer.ts'
import { tokenizerFiles } from './tokenizer-files.ts'
import { writeOnnx, type OnnxData } from './write-onnx.ts'

/** How a folder is laid out: as onnxruntime-genai reads it, or as transformers.js does. */
export type OnnxLayout = 'genai' | 'transformers'

/** What to write, and where. */
export interface WriteOnnxFolderOptions extends OnnxTransformerOptions {
  /** Made where it is not. */
  readonly folder: string
  readonly layout: OnnxLayout
  /** As many tokens as the shape says. */
  readonly vocabulary: Vocabulary
  /** A Jinja template for chats; left out, the folder has none. */
  readonly chatTemplate?: string
  /**
   * Files already written, whose tensors are used in place of those of the same name and size here;
   * in the folder of the model or beneath it.
   */
  readonly shared?: readonly OnnxData[]
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/** What was written. */
export interface WrittenOnnxFolder {
  /** Of the model and its weights. */
  readonly bytes: number
  /** The model's path. */
  readonly path: string
  /** For `shared` of another model. */
  readonly data: OnnxData
}

/** Names of transformers.js. */
const suffixes: Readonly<Record<OnnxPrecision, string>> = {
  fp32: '',
  fp16: '_fp16',
  q4: '_q4',
  q4f16: '_q4f16',
}

/**
 * Writes a decoder with its configuration and tokenizer, as people have them on disk; a
 * `transformers` folder can hold several precisions, one call each. Its graph has `position_ids` in
 * the layout `transformers` and not in `genai`, if not asked otherwise. Throws as `writeOnnx` and
 * `onnxTransformer` do. After an abort the model is not there; small files may be.
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
}: WriteOnnxFolderOptions): Promise<WrittenOnnxFolder> {
  const { shape, precision, positionIds = layout === 'transformers' } = options
  checkShape(shape, vocabulary)
  const contents = onnxTransformer({ ...options, positionIds })
  const models = layout === 'genai' ? folder : join(folder, 'onnx')
  await mkdir(models, { recursive: true })

  const path = join(models, layout === 'genai' ? 'model.onnx' : `model${suffixes[precision]}.onnx`)
  const dataPath = `${path}${layout === 'genai' ? '.data' : '_data'}`
  const { bytes, data = { path: dataPath, offsets: {} } } = await writeOnnx({
    path,
    dataPath,
    ...contents,
    ...(shared && { shared }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  })

  const common = { shape, vocabulary, inputs: contents.inputs.map(({ name }) => name), models }
  const files = {
    ...tokenizerFiles({
      vocabulary,
      contextLength: shape.contextLength,
      ...(chatTemplate !== undefined && { chatTemplate }),
    }),
    ...(layout === 'genai' ? genaiFiles(common) : await transformersFiles(common)),
  }
  for (const [name, value] of Object.entries(files))
    await writeFile(
      join(folder, name),
      `${JSON.stringify(value, null, name === 'tokenizer.json' ? 0 : 2)}\n`,
    )
  return { bytes, path, data }
}
