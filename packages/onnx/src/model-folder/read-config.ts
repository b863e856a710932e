import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NanoError } from '@nano/core'
import type { AttentionWindow } from '@nano/onnx-graph'
import * as z from 'zod'

const idsSchema = z
  .union([z.number().transform((id) => [id]), z.array(z.number())])
  .nullish()
  .transform((ids) => ids ?? [])
const tokenSchema = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish()
const lengthSchema = z.int().positive().nullish()

const positionsSchema = z
  .object({
    type: z.string().nullish(),
    rope_type: z.string().nullish(),
    original_max_position_embeddings: lengthSchema,
  })
  .nullish()

const configSchema = z.object({
  architectures: z.array(z.string()).nullish(),
  eos_token_id: idsSchema,
  head_dim: lengthSchema,
  hidden_size: z.number().nullish(),
  max_position_embeddings: lengthSchema,
  model_type: z.string().nullish(),
  _name_or_path: z.string().nullish(),
  num_attention_heads: z.number().nullish(),
  num_key_value_heads: lengthSchema,
  original_max_position_embeddings: lengthSchema,
  rope_parameters: positionsSchema,
  rope_scaling: positionsSchema,
  vocab_size: z.number().nullish(),
})
type Config = z.output<typeof configSchema>
type Genai = z.output<typeof genaiSchema>
const generationSchema = z.object({ eos_token_id: idsSchema })
const tokenizerConfigSchema = z.object({
  bos_token: tokenSchema,
  eos_token: tokenSchema,
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
})
const templateFileSchema = tokenizerConfigSchema.pick({ chat_template: true })
const genaiSchema = z.object({
  model: z.object({
    context_length: lengthSchema,
    vocab_size: z.number().nullish(),
    eos_token_id: idsSchema,
    type: z.string().nullish(),
    decoder: z.object({
      filename: z.string().nullish(),
      head_size: lengthSchema,
      num_key_value_heads: lengthSchema,
      sliding_window: z
        .object({
          window_size: lengthSchema,
          slide_inputs: z.boolean().nullish(),
          slide_key_value_cache: z.boolean().nullish(),
          layers: z.array(z.number()).nullish(),
        })
        .nullish(),
    }),
  }),
})

/** Sizes that a graph may have names for; absent where the configs do not tell. */
export interface CacheSizes {
  /** Heads of keys and values. */
  readonly kvHeads?: number
  readonly headSize?: number
}

/** What the config files of a folder say about the model. */
export interface FolderConfig {
  /** Such as `LlamaForCausalLM`, or onnxruntime-genai's name, such as `llama`. */
  readonly architecture?: string
  readonly cacheSizes: CacheSizes
  /** What onnxruntime-genai's config says of layers that look back a certain number of tokens. */
  readonly attentionWindow?: AttentionWindow
  /** The ONNX file that onnxruntime-genai's config names, relative to the folder. */
  readonly filename?: string
  readonly name?: string
  /** Tokens of context the model was trained on. */
  readonly trainedLength?: number
  /**
   * Tokens of context beyond which the model counts positions in another way, as Phi-3's models for
   * long texts do.
   */
  readonly shortLength?: number
  /** onnxruntime-genai's model builder made it. */
  readonly isBuilt: boolean
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
  const mainTemplate = await readTextFile(join(folder, 'chat_template.jinja'))
  const templates =
    tokenizer?.chat_template ??
    (mainTemplate === undefined ? await readProcessorTemplates(folder) : undefined)
  const chatTemplate = mainTemplate ?? selectTemplate(templates)
  const toolTemplate =
    (await readTextFile(join(folder, 'additional_chat_templates', 'tool_use.jinja'))) ??
    findTemplate(templates, 'tool_use')
  const trainedLength = genai?.context_length ?? config?.max_position_embeddings
  const vocabularyRows = genai?.vocab_size ?? config?.vocab_size
  const architecture = config?.architectures?.[0] ?? genai?.type ?? config?.model_type
  const kvHeads = genai?.decoder.num_key_value_heads ?? config?.num_key_value_heads
  const headSize = genai?.decoder.head_size ?? (config && readHeadSize(config))
  const attentionWindow = genai && readWindow(genai)
  const shortLength = config && readShortLength(config)
  if (genai && !genai.decoder.filename)
    throw new NanoError(
      'unsupported',
      `onnx: genai_config.json of ${folder}${architecture ? ` (${architecture})` : ''} names no ` +
        'file for its decoder: such a model is a pipeline of several graphs. ' +
        'Give an export whose decoder is one graph.',
    )

  return {
    ...(architecture && { architecture }),
    cacheSizes: { ...(kvHeads && { kvHeads }), ...(headSize && { headSize }) },
    ...(attentionWindow && { attentionWindow }),
    ...(genai?.decoder.filename && { filename: genai.decoder.filename }),
    ...(config?._name_or_path && { name: config._name_or_path }),
    ...(trainedLength && { trainedLength }),
    ...(shortLength && { shortLength }),
    isBuilt: genai !== undefined,
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

function readHeadSize({ head_dim, hidden_size, num_attention_heads }: Config): number | undefined {
  if (head_dim) return head_dim
  const size = (hidden_size ?? 0) / (num_attention_heads ?? 1)
  return Number.isInteger(size) && size > 0 ? size : undefined
}

/** @see https://huggingface.co/docs/transformers/internal/rope_utils */
function readShortLength(config: Config): number | undefined {
  const positions = config.rope_scaling ?? config.rope_parameters
  const type = positions?.rope_type ?? positions?.type ?? ''
  return ['longrope', 'su'].includes(type)
    ? (positions?.original_max_position_embeddings ??
        config.original_max_position_embeddings ??
        undefined)
    : undefined
}

/**
 * A window that the runtime slides inputs through is a way to read long prompts with a fixed size,
 * and is no property of the model.
 */
function readWindow({ decoder: { sliding_window } }: Genai['model']): AttentionWindow | undefined {
  const { window_size, slide_inputs, slide_key_value_cache, layers } = sliding_window ?? {}
  return window_size && slide_inputs === false && slide_key_value_cache === false
    ? { size: window_size, layers: layers ?? [] }
    : undefined
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

/** Models of several modalities have their template beside their tokenizer's config. */
async function readProcessorTemplates(folder: string): Promise<TemplateConfig> {
  return (await readJsonFile(join(folder, 'chat_template.json'), templateFileSchema))?.chat_template
}

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
