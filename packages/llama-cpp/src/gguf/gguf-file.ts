import { open, stat } from 'node:fs/promises'
import { NanoError } from '@nano/core'
import type { GgufFile, Runtime } from '../runtime.ts'
import { type GgufHeader, readHeader } from './read-header.ts'

/** A GGUF file whose header has been read. */
export interface ReadGguf {
  /** Bytes. */
  readonly size: number
  /** The header as it was checked here. */
  readonly checkedHeader: GgufHeader
  /** The header as the runtime reads it. */
  readonly header: GgufFile
}

/**
 * Checks the header, and lets the runtime read it. Throws `not-found` for a file that does not
 * exist, `bad-model` for one that is not a whole GGUF file.
 */
export async function readGguf(path: string, runtime: Runtime): Promise<ReadGguf> {
  const { size, checkedHeader } = await checkGguf(path)
  const header = await runtime
    .readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
    .catch((cause: unknown) => {
      throw new NanoError(
        'bad-model',
        `llama-cpp: ${path} has ${size} bytes and is cut short or broken. Get it again and ` +
          'compare its size with the original.',
        { cause },
      )
    })
  return { size, checkedHeader, header }
}

/** Checks the header alone, as of the later parts of a model that is split. */
export async function checkGguf(path: string): Promise<Pick<ReadGguf, 'size' | 'checkedHeader'>> {
  const size = await measureGguf(path)
  return { size, checkedHeader: readHeader(path, size) }
}

/** The size in bytes of a GGUF. Throws for a file that does not begin as one. */
async function measureGguf(path: string): Promise<number> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw unreadableFileError(path, cause)
  })
  if (stats.isDirectory())
    throw new NanoError(
      'bad-model',
      `llama-cpp: ${path} is a folder. Give the path of a GGUF file in it.`,
    )
  if (!stats.isFile())
    throw new NanoError(
      'bad-model',
      `llama-cpp: ${path} is not a file. Give the path of a GGUF file.`,
    )

  const file = await open(path).catch((cause: unknown) => {
    throw unreadableFileError(path, cause)
  })
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(4), 0, 4, 0)
    const magic = new TextDecoder().decode(buffer.subarray(0, bytesRead))
    if (magic !== 'GGUF')
      throw new NanoError(
        'bad-model',
        `llama-cpp: ${path} is not a GGUF file: it begins with ${JSON.stringify(magic)}. ` +
          'Convert it first.',
      )
    return stats.size
  } finally {
    await file.close()
  }
}

function unreadableFileError(path: string, cause: unknown): NanoError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NanoError(
      'not-found',
      `llama-cpp: there is no file ${path}. Give the path of a GGUF file, or 'tiny' for the ` +
        'embedded model.',
      { cause },
    )
  return new NanoError(
    'bad-model',
    `llama-cpp: ${path} cannot be read (${code}). Check its permissions.`,
    { cause },
  )
}
