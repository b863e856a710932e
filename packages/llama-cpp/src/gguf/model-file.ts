import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { NanoError } from '@nano/core'
import { type GgufHeader, readHeader } from './read-header.ts'
import { assertShape } from './check-shape.ts'
import type { GgufFile, GgufVocabulary, Runtime } from '../runtime.ts'

/** What a GGUF says of itself, read without loading it. */
export interface ModelFile {
  readonly path: string
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly architecture: string
  /** Of each tensor by its name, in ggml's order: the width of what comes in first. */
  readonly dimensions: ReadonlyMap<string, readonly number[]>
  readonly parameters: number
  readonly vocabularySize: number
  /** Tokens of context it was trained on. */
  readonly trainedLength?: number
  readonly quantization?: string
  readonly chatTemplate?: string
  /** The tokens that text cannot write, by their text. */
  readonly controlTokens: readonly string[]
  readonly bosToken?: string
  readonly eosToken?: string
  /** What the runtime read, for its own estimates. */
  readonly header: GgufFile
}

/**
 * Reads the header. Throws `not-found` when there is no such file, `bad-model` when it cannot be a
 * model.
 */
export async function readModelFile(path: string, runtime: Runtime): Promise<ModelFile> {
  const { size, checked, header } = await readGguf(path, runtime)
  const broken = (cause?: unknown) =>
    new NanoError(
      'bad-model',
      `llama-cpp: ${path} has ${size} bytes and no model in them. Get it again and compare its size with the original.`,
      { cause },
    )
  if (!header.fullTensorInfo?.length) throw broken()
  // An adapter has no shape of its own; the runtime says what it is.
  if (header.metadata.general?.type !== 'adapter') assertShape(path, checked)
  try {
    return describe({ path, size }, header, runtime)
  } catch (cause) {
    throw broken(cause)
  }
}

/**
 * A header as the runtime reads it, and as it was checked before that. Throws `not-found` or
 * `bad-model`.
 */
export async function readGguf(
  path: string,
  runtime: Runtime,
): Promise<{ readonly size: number; readonly checked: GgufHeader; readonly header: GgufFile }> {
  const size = await assertGguf(path)
  const checked = readHeader(path, size)
  const header = await runtime
    .readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
    .catch((cause: unknown) => {
      throw new NanoError(
        'bad-model',
        `llama-cpp: ${path} has ${size} bytes and is cut short or broken. Get it again and compare its size with the original.`,
        { cause },
      )
    })
  return { size, checked, header }
}

/** Throws a `TypeError` where a header that was cut lacks what every header has. */
function describe(
  { path, size }: Pick<ModelFile, 'path' | 'size'>,
  header: GgufFile,
  { GgufFileType }: Runtime,
): ModelFile {
  const {
    metadata: { general, tokenizer },
    fullTensorInfo = [],
  } = header
  if (!general) throw new TypeError('nothing general')
  const trained = header.architectureMetadata?.context_length
  const quantization = general.file_type === undefined ? undefined : GgufFileType[general.file_type]
  return {
    path,
    size,
    header,
    architecture: general.architecture,
    dimensions: new Map(
      fullTensorInfo.map(({ name = '', dimensions }) => [name, dimensions.map(Number)]),
    ),
    name: general.name ?? basename(path, '.gguf'),
    parameters: fullTensorInfo.reduce(
      (sum, { dimensions }) =>
        sum + dimensions.reduce<number>((product, size) => product * Number(size), 1),
      0,
    ),
    vocabularySize: tokenizer?.ggml?.tokens?.length ?? 0,
    ...special(tokenizer?.ggml),
    ...(trained !== undefined && { trainedLength: Number(trained) }),
    ...(quantization !== undefined && { quantization: quantization.replace(/^(ALL|MOSTLY)_/, '') }),
    ...(tokenizer?.chat_template !== undefined && { chatTemplate: tokenizer.chat_template }),
  }
}

/** Types of tokens that text cannot write. */
const apart = [3, 4]

function special({
  tokens = [],
  token_type: types = [],
  bos_token_id: bos = -1,
  eos_token_id: eos = -1,
}: GgufVocabulary = {}): Pick<ModelFile, 'controlTokens' | 'bosToken' | 'eosToken'> {
  const [first, last] = [tokens[bos], tokens[eos]]
  return {
    controlTokens: tokens.filter((_, id) => apart.includes(types[id] ?? 0)),
    ...(first !== undefined && { bosToken: first }),
    ...(last !== undefined && { eosToken: last }),
  }
}

/** The size in bytes. Throws `not-found` or `bad-model` for what is no GGUF file. */
async function assertGguf(path: string): Promise<number> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  if (found.isDirectory())
    throw new NanoError(
      'bad-model',
      `llama-cpp: ${path} is a folder. Give the path of a GGUF file in it.`,
    )

  if (!found.isFile())
    throw new NanoError('bad-model', `llama-cpp: ${path} is no file. Give the path of a GGUF file.`)

  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(4), 0, 4, 0)
    const magic = new TextDecoder().decode(buffer.subarray(0, bytesRead))
    if (magic !== 'GGUF')
      throw new NanoError(
        'bad-model',
        `llama-cpp: ${path} is not a GGUF file: it begins with ${JSON.stringify(magic)}. Other formats have to be converted first.`,
      )
    return found.size
  } finally {
    await file.close()
  }
}

function unreadable(path: string, cause: unknown): NanoError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NanoError(
      'not-found',
      `llama-cpp: there is no file ${path}. Give the path of a GGUF file, or 'tiny' for the embedded model.`,
      { cause },
    )
  return new NanoError(
    'bad-model',
    `llama-cpp: ${path} cannot be read (${code}). Check its permissions.`,
    { cause },
  )
}
