import { basename } from 'node:path'
import { NanoError } from '@nano/core'
import { type GgufFile, type GgufVocabulary, type Runtime, tokenTypes } from '../runtime.ts'
import { assertShape } from './check-shape.ts'
import { checkGguf, readGguf } from './gguf-file.ts'
import { findParts } from './split-model.ts'

/** What a GGUF file says about its model. */
export interface ModelFile {
  /** The first part of a model that is split. */
  readonly path: string
  readonly name: string
  /** Bytes, of all parts. */
  readonly size: number
  readonly architecture: string
  /** Of each tensor by its name, in ggml's order: the width of the input first. */
  readonly dimensions: ReadonlyMap<string, readonly number[]>
  readonly parameters: number
  readonly vocabularySize: number
  /** Tokens of context it was trained on. */
  readonly trainedLength?: number
  readonly quantization?: string
  /** All tensors are in F32, as in a file that is made to compute exactly. */
  readonly hasFloat32Weights: boolean
  readonly chatTemplate?: string
  /** The template for conversations with tools, where the model has one of its own. */
  readonly toolTemplate?: string
  /** The tokens that text cannot write, by their text. */
  readonly controlTokens: readonly string[]
  readonly bosToken?: string
  readonly eosToken?: string
  /** The header as the runtime reads it, for its own estimates. */
  readonly header: GgufFile
}

/**
 * Reads the header of a model, without loading it. Any part of a model that is split names the
 * whole. Throws `not-found` for a file that does not exist, `bad-model` for one that cannot be a
 * model.
 */
export async function readModelFile(anyPath: string, runtime: Runtime): Promise<ModelFile> {
  const [path, ...otherPaths] = findParts(anyPath)
  const { size: firstSize, checkedHeader: firstHeader, header } = await readGguf(path, runtime)
  const otherFiles = await Promise.all(otherPaths.map(checkGguf))
  const size = otherFiles.reduce((sum, { size }) => sum + size, firstSize)
  const tensors = [
    ...firstHeader.tensors,
    ...otherFiles.flatMap(({ checkedHeader }) => checkedHeader.tensors),
  ]
  const noModelError = (cause?: unknown) =>
    new NanoError(
      'bad-model',
      `llama-cpp: ${path} has ${size} bytes and no model in them. Get it again and compare its ` +
        'size with the original.',
      { cause },
    )
  if (!header.fullTensorInfo?.length) throw noModelError()
  // An adapter has no shape of its own; the runtime says what it is.
  if (header.metadata.general?.type !== 'adapter') assertShape(path, { ...firstHeader, tensors })
  try {
    return describeModel({ path, size }, header, runtime)
  } catch (cause) {
    throw noModelError(cause)
  }
}

/** Throws a `TypeError` where a header that was cut lacks what every header has. */
function describeModel(
  { path, size }: Pick<ModelFile, 'path' | 'size'>,
  header: GgufFile,
  { GgufFileType }: Runtime,
): ModelFile {
  const { general, tokenizer } = header.metadata
  if (!general) throw new TypeError('the header has no general metadata')
  const tensors = (header.fullTensorInfo ?? []).map(({ name = '', dimensions }) => ({
    name,
    dimensions: dimensions.map(Number),
  }))
  const trainedLength = header.architectureMetadata?.context_length
  const quantization = general.file_type === undefined ? undefined : GgufFileType[general.file_type]
  const chatTemplate = tokenizer?.chat_template
  const toolTemplate = tokenizer?.['chat_template.tool_use']
  return {
    path,
    size,
    header,
    architecture: general.architecture,
    name: general.name ?? basename(path, '.gguf'),
    dimensions: new Map(tensors.map(({ name, dimensions }) => [name, dimensions])),
    parameters: tensors
      .map(({ dimensions }) => dimensions.reduce((product, length) => product * length, 1))
      .reduce((sum, weights) => sum + weights, 0),
    hasFloat32Weights: header.fullTensorInfo?.every(({ ggmlType }) => ggmlType === 0) ?? false,
    vocabularySize: tokenizer?.ggml?.tokens?.length ?? 0,
    ...findSpecialTokens(tokenizer?.ggml),
    ...(trainedLength !== undefined && { trainedLength: Number(trainedLength) }),
    ...(quantization !== undefined && { quantization: quantization.replace(/^(ALL|MOSTLY)_/, '') }),
    ...(chatTemplate !== undefined && { chatTemplate }),
    ...(toolTemplate !== undefined && { toolTemplate }),
  }
}

function findSpecialTokens({
  tokens = [],
  token_type: types = [],
  bos_token_id: bosId = -1,
  eos_token_id: eosId = -1,
}: GgufVocabulary = {}): Pick<ModelFile, 'controlTokens' | 'bosToken' | 'eosToken'> {
  const [bosToken, eosToken] = [tokens[bosId], tokens[eosId]]
  return {
    controlTokens: tokens.filter((_, id) => types[id] === tokenTypes.control),
    ...(bosToken !== undefined && { bosToken }),
    ...(eosToken !== undefined && { eosToken }),
  }
}
