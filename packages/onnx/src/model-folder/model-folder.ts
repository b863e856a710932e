import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import * as z from 'zod'
import { leastTokens } from './vocabulary-size.ts'

/** A model as people have it on disk. */
export interface ModelFolder {
  /** Of the ONNX file. */
  readonly path: string
  /** Bytes, with its external data. */
  readonly size: number
  readonly name: string
  readonly quantisation?: string
  /** Parsed; what it holds is the tokenizer's to check. */
  readonly tokenizer: unknown
  readonly tokenizerPath: string
  /** Tokens of context it was trained on. */
  readonly trainedLength?: number
  /** What the configs say ends a turn. */
  readonly eosIds: readonly number[]
  readonly bos?: string
  readonly eos?: string
  readonly chatTemplate?: string
}

/** Where a model is. */
export interface ModelPlace {
  /** A folder, or an `.onnx` file in one. */
  readonly model: string
  /** Absent, as its config or its folder is named. */
  readonly name?: string
}

const ids = z
  .union([z.number().transform((id) => [id]), z.array(z.number())])
  .nullish()
  .transform((ids) => ids ?? [])
const token = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish()
const length = z.int().positive().nullish()
const configSchema = z.object({
  eos_token_id: ids,
  max_position_embeddings: length,
  _name_or_path: z.string().nullish(),
  vocab_size: z.number().nullish(),
})
const generationSchema = z.object({ eos_token_id: ids })
const tokenizerSchema = z.object({
  bos_token: token,
  eos_token: token,
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
})
const genaiSchema = z.object({
  model: z.object({
    context_length: length,
    vocab_size: z.number().nullish(),
    eos_token_id: ids,
    decoder: z.object({ filename: z.string() }),
  }),
})

/**
 * Finds what a folder has: transformers.js keeps `onnx/model_q4f16.onnx` and `config.json`,
 * onnxruntime-genai `model.onnx` and `genai_config.json`. Throws `not-found` for no such folder or
 * quantisation, `bad-model` for one that lacks what a model needs.
 */
export async function readModelFolder(
  { model, name }: ModelPlace,
  quantisation: string | undefined,
): Promise<ModelFolder> {
  const { folder, file } = await located(model)
  const json = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> =>
    parsedJson(join(folder, name), schema)
  const genai = await json('genai_config.json', genaiSchema)
  const chosen = await chooseFile(folder, {
    file,
    quantisation,
    filename: genai?.model.decoder.filename,
  })

  const tokenizerPath = join(folder, 'tokenizer.json')
  const tokenizer = await json('tokenizer.json', z.unknown())
  if (tokenizer === undefined)
    throw new NanoError(
      'bad-model',
      `onnx: ${folder} has no tokenizer.json. Get it from where the model came from, and put it into that folder.`,
    )
  const config = await json('config.json', configSchema)
  const generation = await json('generation_config.json', generationSchema)
  const words = await json('tokenizer_config.json', tokenizerSchema)
  const chatTemplate =
    (await readText(join(folder, 'chat_template.jinja'))) ?? templateOf(words?.chat_template)
  const trainedLength = genai?.model.context_length ?? config?.max_position_embeddings ?? undefined
  const called = name ?? basename(config?._name_or_path || folder)
  const rows = genai?.model.vocab_size ?? config?.vocab_size
  const { count } = vocabulary({ tokenizer, name: `onnx(${called})` })
  if (rows && count < leastTokens(rows))
    throw new NanoError(
      'bad-model',
      `onnx: ${tokenizerPath} has ${count} tokens, and the model's config says a vocab_size of ${rows}. They are of two models, or the tokenizer lost some: get both from one place.`,
    )

  return {
    ...chosen,
    name: called,
    tokenizer,
    tokenizerPath,
    eosIds: [
      ...(generation?.eos_token_id ?? []),
      ...(config?.eos_token_id ?? []),
      ...(genai?.model.eos_token_id ?? []),
    ],
    ...(trainedLength !== undefined && { trainedLength }),
    ...(words?.bos_token && { bos: words.bos_token }),
    ...(words?.eos_token && { eos: words.eos_token }),
    ...(chatTemplate !== undefined && { chatTemplate }),
  }
}

/** The folder with the tokenizer, and the ONNX file where one was named. */
async function located(
  model: string,
): Promise<{ readonly folder: string; readonly file?: string }> {
  const found = await stat(model).catch((cause: unknown) => {
    throw new NanoError(
      'not-found',
      `onnx: there is no folder ${model}. Give the folder of an ONNX export, or 'tiny' for the embedded model.`,
      { cause },
    )
  })
  if (found.isDirectory()) return { folder: await withTokenizer(model) }
  if (!model.endsWith('.onnx'))
    throw new NanoError(
      'bad-model',
      `onnx: ${model} is neither a folder nor an .onnx file. Give the folder of an ONNX export${model.endsWith('.gguf') ? ', or open this file with @nano/llama-cpp' : ''}.`,
    )
  return { folder: await withTokenizer(dirname(model)), file: model }
}

/** The folder, or the one above it where this is the part for ONNX files of a larger export. */
async function withTokenizer(folder: string): Promise<string> {
  if (basename(folder) !== 'onnx') return folder
  return stat(join(folder, 'tokenizer.json')).then(
    () => folder,
    () => dirname(folder),
  )
}

/** Ends of file names, the most exact first, and how people call them. */
const suffixes: readonly (readonly [suffix: string, quantisation: string])[] = [
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

interface Choice {
  readonly file: string | undefined
  readonly quantisation: string | undefined
  /** As onnxruntime-genai's config has it. */
  readonly filename: string | undefined
}

async function chooseFile(
  folder: string,
  { file, quantisation, filename }: Choice,
): Promise<Pick<ModelFolder, 'path' | 'size' | 'quantisation'>> {
  const files = file === undefined ? await modelFiles(folder) : [file]
  const named =
    file === undefined && quantisation === undefined && filename !== undefined
      ? join(folder, filename)
      : undefined
  if (named !== undefined && (!named.startsWith(join(folder, '/')) || !(await isThere(named)))) {
    throw new NanoError(
      'bad-model',
      `onnx: genai_config.json of ${folder} names the file ${filename}, which is not in that folder. Get it from where the model came from, or name another with the option model.`,
    )
  }
  if (files.length === 0)
    throw new NanoError(
      'bad-model',
      `onnx: ${folder} has no .onnx file, nor has its folder onnx. Give the folder of an ONNX export.`,
    )
  const known = files
    .flatMap((path) => {
      const [, suffix = ''] =
        /^(?:model|decoder_model_merged)(_\w+)?\.onnx$/.exec(basename(path)) ?? []
      const rank = suffixes.findIndex(([known]) => known === suffix)
      return [
        {
          path,
          rank: rank < 0 ? suffixes.length : rank,
          quantisation:
            filename === undefined || suffix ? (suffixes[rank]?.[1] ?? suffix.slice(1)) : undefined,
        },
      ]
    })
    .toSorted((a, b) => a.rank - b.rank)
  const chosen =
    quantisation === undefined
      ? (known.find(({ path }) => path === named) ??
        (named === undefined ? known[0] : { path: named, quantisation: undefined }))
      : known.find((file) => file.quantisation === quantisation)
  if (!chosen)
    throw new NanoError(
      'not-found',
      `onnx: ${folder} has no quantisation ${JSON.stringify(quantisation)}; there are ${known.map((file) => file.quantisation ?? basename(file.path)).join(', ')}`,
    )
  return {
    path: chosen.path,
    size: await sizeOf(chosen.path),
    ...(chosen.quantisation !== undefined && { quantisation: chosen.quantisation }),
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

async function modelFiles(folder: string): Promise<readonly string[]> {
  const within = async (path: string) =>
    (await readdir(path).catch(() => []))
      .filter((name) => name.endsWith('.onnx'))
      .map((name) => join(path, name))
  const files = [...(await within(join(folder, 'onnx'))), ...(await within(folder))]
  const decoders = files.filter((path) =>
    /^(model|decoder_model_merged)(_\w+)?\.onnx$/.test(basename(path)),
  )
  return decoders.length > 0 ? decoders : files
}

async function sizeOf(path: string): Promise<number> {
  const name = basename(path)
  const parts = (await readdir(dirname(path))).filter(
    (file) => file === name || file.startsWith(`${name}_data`) || file.startsWith(`${name}.data`),
  )
  const sizes = await Promise.all(
    parts.map(async (file) => (await stat(join(dirname(path), file))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function templateOf(
  template:
    | string
    | readonly { readonly name: string; readonly template: string }[]
    | null
    | undefined,
): string | undefined {
  if (template === undefined || template === null || typeof template === 'string')
    return template ?? undefined
  return (template.find(({ name }) => name === 'default') ?? template[0])?.template
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new NanoError(
      'bad-model',
      `onnx: ${path} cannot be read (${cause.code}). Check its permissions.`,
      { cause },
    )
  })
}

async function parsedJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const fault = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw new NanoError(
      'bad-model',
      `onnx: ${path} does not hold (${fault}). It may be cut short: get it again.`,
      { cause },
    )
  }
}
