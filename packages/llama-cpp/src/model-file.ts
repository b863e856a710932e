import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { NanoError } from '@nano/core'
import { type GgufFile, type Runtime } from './runtime.ts'

/** What a GGUF says of itself, read without loading it. */
export interface ModelFile {
  readonly path: string
  readonly name: string
  readonly parameters: number
  readonly quantisation?: string
  readonly chatTemplate?: string
}

/** Reads the header. Throws `not-found` when there is no such file, `bad-model` when it cannot be a model. */
export async function readModelFile(path: string, runtime: Runtime): Promise<ModelFile> {
  await assertGguf(path)
  let file: GgufFile
  try {
    file = await runtime.readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  } catch (cause) {
    throw new NanoError('bad-model', `llama-cpp: the header of ${path} cannot be read; the file may be cut short. Get it again and compare its size with the original.`, { cause })
  }

  const { general, tokenizer } = file.metadata
  const quantisation = general.file_type === undefined ? undefined : runtime.GgufFileType[general.file_type]
  return {
    path,
    name: general.name ?? basename(path, '.gguf'),
    parameters: (file.fullTensorInfo ?? []).reduce((sum, { dimensions }) => sum + dimensions.reduce<number>((product, size) => product * Number(size), 1), 0),
    ...(quantisation !== undefined && { quantisation: quantisation.replace(/^(ALL|MOSTLY)_/, '') }),
    ...(tokenizer?.chat_template !== undefined && { chatTemplate: tokenizer.chat_template }),
  }
}

async function assertGguf(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new NanoError('not-found', `llama-cpp: there is no file ${path}. Give the path of a GGUF file, or 'tiny' for the embedded model.`, { cause })
  })
  if (found.isDirectory()) throw new NanoError('bad-model', `llama-cpp: ${path} is a folder. Give the path of a GGUF file in it.`)

  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(4), 0, 4, 0)
    const magic = new TextDecoder().decode(buffer.subarray(0, bytesRead))
    if (magic !== 'GGUF') throw new NanoError('bad-model', `llama-cpp: ${path} is not a GGUF file: it begins with ${JSON.stringify(magic)}. Other formats have to be converted first.`)
  } finally {
    await file.close()
  }
}
