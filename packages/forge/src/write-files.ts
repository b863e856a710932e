import { open, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { NanoError } from '@nano/core'

/** How far a file is, in bytes. */
export interface WriteProgress {
  readonly written: number
  readonly total: number
}

/** A file to be; a chunk may be made anew once the next but one is asked for. */
export interface FileContents {
  readonly path: string
  readonly size: number
  readonly chunks: Iterable<Uint8Array>
}

interface Writing {
  /** In this order; the last is the one that readers look for. */
  readonly files: readonly FileContents[]
  /** Called after every chunk, and with `written` equal to `total` at the end. */
  readonly onProgress?: ((progress: WriteProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes each file as `path.part` and renames them when all are whole; after a failure or an abort
 * there is none of them. Throws `out-of-memory` for want of disk and `not-found` for a missing
 * folder, both before the first byte.
 */
export async function writeFiles({ files, onProgress, signal }: Writing): Promise<number> {
  signal?.throwIfAborted()
  const total = files.reduce((sum, { size }) => sum + size, 0)
  for (const { path } of files) await assertRoom(path, total)

  const parts: string[] = []
  let written = 0
  try {
    for (const { path, chunks } of files) {
      parts.push(`${path}.part`)
      written = await writeFile({ path, chunks, written, total, onProgress, signal })
    }
    signal?.throwIfAborted()
    onProgress?.({ written, total })
    for (const { path } of files)
      await rename(`${path}.part`, path).catch((cause: unknown) => {
        throw unwritable(path, cause)
      })
    return total
  } catch (error) {
    for (const part of parts) await rm(part, { force: true })
    throw error
  }
}

async function writeFile({
  path,
  ...writing
}: Omit<FileContents, 'size'> & Omit<Chunks, 'file'>): Promise<number> {
  const file = await open(`${path}.part`, 'w').catch((cause: unknown) => {
    throw unwritable(path, cause)
  })
  try {
    return await writeChunks({ file, ...writing })
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? unwritable(path, error) : error
  } finally {
    await file.close()
  }
}

interface Chunks extends Pick<Writing, 'onProgress' | 'signal'> {
  readonly file: FileHandle
  readonly chunks: Iterable<Uint8Array>
  /** Bytes of the files before this one. */
  readonly written: number
  readonly total: number
}

/** One chunk is made while the one before is written. */
async function writeChunks({
  file,
  chunks,
  written: before,
  total,
  onProgress,
  signal,
}: Chunks): Promise<number> {
  let writing: Promise<void> = Promise.resolve()
  let written = before
  try {
    for (const chunk of chunks) {
      await writing
      signal?.throwIfAborted()
      if (written > 0) onProgress?.({ written, total })
      writing = writeChunk(file, chunk)
      written += chunk.length
    }
    await writing
    return written
  } finally {
    // A row that throws leaves a write behind, which must end before the file is closed.
    await writing.catch(() => undefined)
  }
}

async function writeChunk(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

async function assertRoom(path: string, total: number): Promise<void> {
  const folder = dirname(resolve(path))
  const { bavail, bsize } = await statfs(folder).catch((cause: unknown) => {
    throw unwritable(path, cause)
  })
  const free = bavail * bsize
  if (free < total)
    throw new NanoError(
      'out-of-memory',
      `forge: ${path} takes ${total} bytes, and ${folder} has ${free} free. Make room, or choose a smaller quantisation.`,
    )
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory())
    throw new NanoError(
      'invalid-request',
      `forge: ${path} is a folder. Give the path of a file in it.`,
    )
}

function unwritable(path: string, cause: unknown): NanoError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NanoError(
      'not-found',
      `forge: there is no folder ${dirname(path)} for ${path}. Make it first.`,
      { cause },
    )
  if (code === 'ENOSPC')
    return new NanoError(
      'out-of-memory',
      `forge: the disk was full before ${path} was whole. Make room, or choose a smaller quantisation.`,
      { cause },
    )
  return new NanoError(
    'unavailable',
    `forge: ${path} cannot be written (${code}). Check the permissions of its folder.`,
    { cause },
  )
}
