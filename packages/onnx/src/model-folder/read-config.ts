import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NanoError } from '@nano/core'
import * as z from 'zod'

const idsSchema = z
  .union([z.number().transform((id) => [id]), z.array(z.number())])
  .nullish()
  .transform((ids) => ids ?? [])
const tokenSchema = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish()
const lengthSchema = z.int().positive().nullish()

const configSchema = z.object({
  eos_token_id: idsSchema,
  max_position_embeddings: lengthSchema,
  _name_or_path: z.string().nullish(),
  vocab_size: z.number().nullish(),
})
const generationSchema = z.object({ eos_token_id: idsSchema })
const tokenizerConfigSchema = z.object({
  bos_token: tokenSchema,
  eos_token: tokenSchema,
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
})
const genaiSchema = z.object({
  model: z.object({
    context_length: lengthSchema,
    vocab_size: z.number().nullish(),
    eos_token_id: idsSchema,
    decoder: z.object({ filename: z.string() }),
  }),
})

/** What the config files of a folder say about the model. */
export interface FolderConfig {
  /** The ONNX file that onnxruntime-genai's config names, relative to the folder. */
  readonly filename?: string
  readonly name?: string
  /** Tokens of context the model was trained on. */
  readonly trainedLength?: number
  /** Rows of the embedding matrix: exports pad the vocabulary. */
  readonly vocabularyRows?: number
  /** What the configs say ends a turn. */
  readonly eosIds: readonly number[]
  readonly bosToken?: string
  readonly eosToken?: string
  readonly chatTemplate?: string
  /** The template for conversations with tools, where the model has one of its own. */
  readonly toolTemplate?: string
}

/** Reads the config files of a folder: those of transformers.js and those of onnxruntime-genai. */
export async function readConfig(folder: string): Promise<FolderConfig> {
  const genai = (await readJsonFile(join(folder, 'genai_config.json'), genaiSchema))?.model
  const config = await readJsonFile(join(folder, 'config.json'), configSchema)
  const generation = await readJsonFile(join(folder, 'generation_config.json'), generationSchema)
  const tokenizer = await readJsonFile(join(folder, 'tokenizer_config.json'), tokenizerConfigSchema)
  const chatTemplate =
    (await readTextFile(join(folder, 'chat_template.jinja'))) ??
    selectTemplate(tokenizer?.chat_template)
  const toolTemplate =
    (await readTextFile(join(folder, 'additional_chat_templates', 'tool_use.jinja'))) ??
    findTemplate(tokenizer?.chat_template, 'tool_use')
  const trainedLength = genai?.context_length ?? config?.max_position_embeddings
  const vocabularyRows = genai?.vocab_size ?? config?.vocab_size

  return {
    ...(genai && { filename: genai.decoder.filename }),
    ...(config?._name_or_path && { name: config._name_or_path }),
    ...(trainedLength && { trainedLength }),
    ...(vocabularyRows && { vocabularyRows }),
    eosIds: [
      ...(generation?.eos_token_id ?? []),
      ...(config?.eos_token_id ?? []),
      ...(genai?.eos_token_id ?? []),
    ],
    ...(tokenizer?.bos_token && { bosToken: tokenizer.bos_token }),
    ...(tokenizer?.eos_token && { eosToken: tokenizer.eos_token }),
    ...(chatTemplate !== undefined && { chatTemplate }),
    ...(toolTemplate !== undefined && { toolTemplate }),
  }
}

/**
 * The contents of a JSON file, or nothing where there is no such file. Throws `bad-model` for a
 * file that is not readable, is not JSON or does not match the schema.
 */
export async function readJsonFile<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readTextFile(path)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const fault = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw new NanoError(
      'bad-model',
      `onnx: ${path} is not valid (${fault}). It may be cut short: get it again.`,
      { cause },
    )
  }
}

async function readTextFile(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new NanoError(
      'bad-model',
      `onnx: ${path} cannot be read (${cause.code}). Check its permissions.`,
      { cause },
    )
  })
}

type TemplateConfig = z.output<typeof tokenizerConfigSchema>['chat_template']

/** The template named `default` where a config has several. */
function selectTemplate(template: TemplateConfig): string | undefined {
  if (template === undefined || template === null || typeof template === 'string')
    return template ?? undefined
  return findTemplate(template, 'default') ?? template[0]?.template
}

function findTemplate(templates: TemplateConfig, name: string): string | undefined {
  return Array.isArray(templates)
    ? templates.find((template) => template.name === name)?.template
    : undefined
}
