import { open, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { NanoError } from '@nano/core'

/** How many bytes are written. */
export interface WriteProgress {
  readonly written: number
  readonly total: number
}

/** A file to write. A chunk has to be valid until the next but one is made. */
export interface FileToWrite {
  readonly path: string
  readonly size: number
  readonly chunks: Iterable<Uint8Array>
}

interface WriteFilesOptions {
  /** In the order in which they are written. Readers look for the last one. */
  readonly files: readonly FileToWrite[]
  /** Called after every chunk, and with `written` equal to `total` at the end. */
  readonly onProgress?: ((progress: WriteProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes each file as `path.part` and renames all of them when they are complete. After a failure
 * or an abort there is none of them. Throws `out-of-memory` for lack of disk space and `not-found`
 * for a missing folder, both before the first byte.
 */
export async function writeFiles({
  files,
  onProgress,
  signal,
}: WriteFilesOptions): Promise<number> {
  signal?.throwIfAborted()
  const total = files.reduce((sum, { size }) => sum + size, 0)
  for (const { path } of files) await assertWritablePath(path, total)

  const parts: string[] = []
  let bytesWritten = 0
  try {
    for (const { path, chunks } of files) {
      parts.push(`${path}.part`)
      bytesWritten = await writePart({
        path,
        chunks,
        written: bytesWritten,
        total,
        onProgress,
        signal,
      })
    }
    signal?.throwIfAborted()
    onProgress?.({ written: bytesWritten, total })
    for (const { path } of files)
      await rename(`${path}.part`, path).catch((cause: unknown) => {
        throw toWriteError(path, cause)
      })
    return total
  } catch (error) {
    for (const part of parts) await rm(part, { force: true })
    throw error
  }
}

interface ChunkOptions extends Pick<WriteFilesOptions, 'onProgress' | 'signal'> {
  readonly file: FileHandle
  readonly chunks: Iterable<Uint8Array>
  /** Bytes of the files before this one. */
  readonly written: number
  readonly total: number
}

async function writePart({
  path,
  ...options
}: Omit<ChunkOptions, 'file'> & { readonly path: string }): Promise<number> {
  const file = await open(`${path}.part`, 'w').catch((cause: unknown) => {
    throw toWriteError(path, cause)
  })
  try {
    return await writeChunks({ file, ...options })
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? toWriteError(path, error) : error
  } finally {
    await file.close()
  }
}

/** Makes each chunk while the one before is written. */
async function writeChunks({
  file,
  chunks,
  written: writtenBefore,
  total,
  onProgress,
  signal,
}: ChunkOptions): Promise<number> {
  let pendingWrite: Promise<void> = Promise.resolve()
  let totalWritten = writtenBefore
  try {
    for (const chunk of chunks) {
      await pendingWrite
      signal?.throwIfAborted()
      if (totalWritten > 0) onProgress?.({ written: totalWritten, total })
      pendingWrite = writeChunk(file, chunk)
      totalWritten += chunk.length
    }
    await pendingWrite
    return totalWritten
  } finally {
    // When making a chunk throws, a write is still pending. It must end before the file is closed.
    await pendingWrite.catch(() => undefined)
  }
}

async function writeChunk(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length;) start += (await file.write(chunk, start)).bytesWritten
}

async function assertWritablePath(path: string, total: number): Promise<void> {
  const folder = dirname(resolve(path))
  const { bavail, bsize } = await statfs(folder).catch((cause: unknown) => {
    throw toWriteError(path, cause)
  })
  const free = bavail * bsize
  if (free < total)
    throw new NanoError(
      'out-of-memory',
      `forge: ${path} takes ${total} bytes, and ${folder} has ${free} free. ` +
        'Free disk space, or choose a smaller quantization.',
    )
  const entry = await stat(path).catch(() => undefined)
  if (entry?.isDirectory())
    throw new NanoError(
      'invalid-request',
      `forge: ${path} is a folder. Give the path of a file in it.`,
    )
}

function toWriteError(path: string, cause: unknown): NanoError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NanoError(
      'not-found',
      `forge: there is no folder ${dirname(path)} for ${path}. Create it first.`,
      { cause },
    )
  if (code === 'ENOSPC')
    return new NanoError(
      'out-of-memory',
      `forge: the disk was full before ${path} was complete. ` +
        'Free disk space, or choose a smaller quantization.',
      { cause },
    )
  return new NanoError(
    'unavailable',
    `forge: ${path} cannot be written (${code}). Check the permissions of its folder.`,
    { cause },
  )
}
