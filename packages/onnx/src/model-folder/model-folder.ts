import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import * as z from 'zod'
import { chooseModelFile, type ModelFile } from './choose-model-file.ts'
import { type FolderConfig, readConfig, readJsonFile } from './read-config.ts'
import { minTokenCount } from './vocabulary-size.ts'

/** A model as its authors publish it: an ONNX file, a tokenizer and configs in one folder. */
export interface ModelFolder
  extends ModelFile, Omit<FolderConfig, 'filename' | 'name' | 'vocabularyRows'> {
  readonly name: string
  /** The parsed `tokenizer.json`; the tokenizer checks what it holds. */
  readonly tokenizer: unknown
  readonly tokenizerPath: string
}

/** Where a model is. */
export interface ModelLocation {
  /** A folder, or an `.onnx` file in one. */
  readonly model: string
  /** Absent, the name that the config or the folder has. */
  readonly name?: string
}

/**
 * Reads a folder in the layout of transformers.js (`onnx/model_q4f16.onnx` and `config.json`) or of
 * onnxruntime-genai (`model.onnx` and `genai_config.json`). Throws `not-found` for a folder or a
 * quantization that is missing, `bad-model` for a folder that lacks what a model needs.
 */
export async function readModelFolder(
  location: ModelLocation,
  quantization: string | undefined,
): Promise<ModelFolder> {
  const { folder, file } = await locateModel(location.model)
  const { filename, name: configName, vocabularyRows, ...config } = await readConfig(folder)
  const modelFile = await chooseModelFile(folder, { file, quantization, filename })

  const tokenizerPath = join(folder, 'tokenizer.json')
  const tokenizer = await readJsonFile(tokenizerPath, z.unknown())
  if (tokenizer === undefined)
    throw new NanoError(
      'bad-model',
      `onnx: ${folder} has no tokenizer.json. ` +
        'Get it from where the model came from, and put it into that folder.',
    )
  const name = location.name ?? basename(configName ?? findRepository(folder) ?? folder)
  const { tokenCount } = vocabulary({ tokenizer, name: `onnx(${name})` })
  if (vocabularyRows !== undefined && tokenCount < minTokenCount(vocabularyRows))
    throw new NanoError(
      'bad-model',
      `onnx: ${tokenizerPath} has ${tokenCount} tokens, and the model's config says a ` +
        `vocab_size of ${vocabularyRows}. They belong to two models, or the tokenizer is ` +
        'incomplete: get both from one place.',
    )

  return { ...modelFile, ...config, name, tokenizer, tokenizerPath }
}

/** The name of the repository that a folder in Hugging Face's cache is a snapshot of. */
function findRepository(folder: string): string | undefined {
  const parts = folder.split(/[\\/]/)
  const repository = parts[parts.lastIndexOf('snapshots') - 1]
  return /^models--(?:.+--)?(.+)$/.exec(repository ?? '')?.[1]
}

/** The folder that has the tokenizer, and the ONNX file where the caller named one. */
async function locateModel(
  model: string,
): Promise<{ readonly folder: string; readonly file?: string }> {
  const stats = await stat(model).catch((cause: unknown) => {
    throw new NanoError(
      'not-found',
      `onnx: there is no folder ${model}. ` +
        "Give the folder of an ONNX export, or 'tiny' for the embedded model.",
      { cause },
    )
  })
  if (stats.isDirectory()) return { folder: await findTokenizerFolder(model) }
  if (!model.endsWith('.onnx'))
    throw new NanoError(
      'bad-model',
      `onnx: ${model} is neither a folder nor an .onnx file. Give the folder of an ONNX export` +
        (model.endsWith('.gguf') ? ', or open this file with @nano/llama-cpp.' : '.'),
    )
  return { folder: await findTokenizerFolder(dirname(model)), file: model }
}

/** The folder itself, or the one above where this is the folder `onnx` of a larger export. */
async function findTokenizerFolder(folder: string): Promise<string> {
  if (basename(folder) !== 'onnx') return folder
  return stat(join(folder, 'tokenizer.json')).then(
    () => folder,
    () => dirname(folder),
  )
}
