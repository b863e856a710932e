import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { NanoError } from '@nano/core'

/** The ONNX file of a model. */
export interface ModelFile {
  readonly path: string
  /**
   * The other file of a decoder in two: it takes no cache and reads the start of a prompt. The file
   * of `path` then continues with a cache.
   */
  readonly promptPath?: string
  /** Bytes of the files and their external data. */
  readonly size: number
  readonly quantization?: string
}

interface FileChoice {
  /** The file, where the caller named one. */
  readonly file: string | undefined
  /** The quantization that the caller asks for. */
  readonly quantization: string | undefined
  /** The file that `genai_config.json` names, relative to the folder. */
  readonly filename: string | undefined
}

/**
 * Chooses the ONNX file of a folder: the one the caller or `genai_config.json` names, else the most
 * precise. Throws `not-found` for a quantization that is missing, `bad-model` for a folder without
 * an ONNX file and for a config that names a file that is not there.
 */
export async function chooseModelFile(
  folder: string,
  { file, quantization, filename }: FileChoice,
): Promise<ModelFile> {
  const paths = file === undefined ? await listModelFiles(folder) : [file]
  const namedPath =
    file === undefined && quantization === undefined && filename !== undefined
      ? await requireNamedFile(folder, filename)
      : undefined
  if (paths.length === 0)
    throw new NanoError(
      'bad-model',
      `onnx: neither ${folder} nor its folder onnx has an .onnx file. ` +
        'Give the folder of an ONNX export.',
    )

  // A file without a suffix is fp32 in the layout of transformers.js, and of any quantization in
  // that of onnxruntime-genai.
  const candidates = paths
    .map((path) => ({
      path,
      ...readSuffix(path, { unsuffixed: filename === undefined ? 'fp32' : undefined }),
    }))
    .toSorted((a, b) => a.rank - b.rank)
  const chosenFile =
    quantization === undefined
      ? (candidates.find(({ path }) => path === namedPath) ??
        (namedPath === undefined ? candidates[0] : { path: namedPath, quantization: undefined }))
      : candidates.find((candidate) => candidate.quantization === quantization)
  if (!chosenFile)
    throw new NanoError(
      'not-found',
      `onnx: ${folder} has no quantization ${JSON.stringify(quantization)}; it has ` +
        candidates
          .map((candidate) => candidate.quantization ?? basename(candidate.path))
          .join(', '),
    )
  const { path, promptPath } = await findPair(chosenFile.path)
  return {
    path,
    ...(promptPath !== undefined && { promptPath }),
    size: (await measureModel(path)) + (promptPath ? await measureModel(promptPath) : 0),
    ...(chosenFile.quantization !== undefined && { quantization: chosenFile.quantization }),
  }
}

async function listModelFiles(folder: string): Promise<readonly string[]> {
  const list = async (path: string) =>
    (await readdir(path).catch(() => []))
      .filter((name) => name.endsWith('.onnx'))
      .map((name) => join(path, name))
  const paths = [...(await list(join(folder, 'onnx'))), ...(await list(folder))]
  const names = [decoderName, continuationName].map((pattern) =>
    paths.filter((path) => pattern.test(basename(path))),
  )
  return names.find((matches) => matches.length > 0) ?? paths
}

/** The names of decoders in both layouts, with the suffix of their quantization. */
const decoderName = /^(?:model|decoder_model_merged)(_\w+)?\.onnx$/

/** The names of the second half of decoders in two files. */
const continuationName = /^decoder_with_past_model(_\w+)?\.onnx$/

/** Finds the other file of a decoder in two, whichever half is given. */
async function findPair(path: string): Promise<Pick<ModelFile, 'path' | 'promptPath'>> {
  const [, suffix = ''] =
    /^decoder_(?:with_past_)?model(_(?!merged)\w+)?\.onnx$/.exec(basename(path)) ?? []
  const pair = ['decoder_with_past_model', 'decoder_model'].map((name) =>
    join(dirname(path), `${name}${suffix}.onnx`),
  )
  const [continuation = path, promptPath] = pair
  if (!pair.includes(path)) return { path }
  const files = await Promise.all(pair.map((file) => stat(file).catch(() => undefined)))
  return files.every((file) => file?.isFile()) && promptPath !== undefined
    ? { path: continuation, promptPath }
    : { path }
}

async function requireNamedFile(folder: string, filename: string): Promise<string> {
  const path = join(folder, filename)
  const isThere = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
  if (isThere && path.startsWith(join(folder, '/'))) return path
  throw new NanoError(
    'bad-model',
    `onnx: genai_config.json of ${folder} names the file ${filename}, which is not in that ` +
      'folder. Get the file from where the model came from, or give another with the option model.',
  )
}

/** The suffixes of file names, the most precise first, and the names of their quantizations. */
const suffixes: readonly (readonly [suffix: string, quantization: string])[] = [
  ['', 'fp32'],
  ['_fp16', 'fp16'],
  ['_bf16', 'bf16'],
  ['_quantized', 'q8'],
  ['_int8', 'int8'],
  ['_uint8', 'uint8'],
  ['_q4', 'q4'],
  ['_q4f16', 'q4f16'],
  ['_bnb4', 'bnb4'],
  ['_q2', 'q2'],
  ['_q2f16', 'q2f16'],
  ['_q1', 'q1'],
  ['_q1f16', 'q1f16'],
]

interface SuffixOptions {
  /** The quantization of a file without a suffix. */
  readonly unsuffixed: string | undefined
}

function readSuffix(
  path: string,
  { unsuffixed }: SuffixOptions,
): { readonly rank: number; readonly quantization: string | undefined } {
  const [, suffix = ''] = [decoderName, continuationName].flatMap(
    (name) => name.exec(basename(path)) ?? [],
  )
  const rank = suffixes.findIndex(([known]) => known === suffix)
  return {
    rank: rank < 0 ? suffixes.length : rank,
    quantization: suffix ? (suffixes[rank]?.[1] ?? suffix.slice(1)) : unsuffixed,
  }
}

async function measureModel(path: string): Promise<number> {
  const name = basename(path)
  const parts = (await readdir(dirname(path))).filter(
    (file) => file === name || file.startsWith(`${name}_data`) || file.startsWith(`${name}.data`),
  )
  const sizes = await Promise.all(
    parts.map(async (file) => (await stat(join(dirname(path), file))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
