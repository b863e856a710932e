import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { NanoError } from '@nano/core'

/**
 * The files of a model that is split, by the names that llama.cpp gives them, the first part first;
 * of any other model the one file. The runtime opens the first part, and finds the others beside
 * it. Throws `not-found` where parts are missing.
 */
export function findParts(path: string): readonly [first: string, ...others: string[]] {
  const [ending, number, total] = /-(\d{5})-of-(\d{5})\.gguf$/.exec(path) ?? []
  if (ending === undefined || !existsSync(path)) return [path]
  const start = path.slice(0, -ending.length)
  const nameOf = (part: number) => `${start}-${String(part).padStart(5, '0')}-of-${total}.gguf`
  const otherPaths = Array.from({ length: Number(total) - 1 }, (_, index) => nameOf(index + 2))
  const missing = [nameOf(1), ...otherPaths].filter((part) => !existsSync(part))
  if (missing.length === 0) return [nameOf(1), ...otherPaths]
  throw new NanoError(
    'not-found',
    `llama-cpp: ${path} is part ${Number(number)} of a model in ${Number(total)} files, and ` +
      `${describeParts(missing)} not beside it. Put all of them into one folder.`,
  )
}

function describeParts([first = '', ...otherPaths]: readonly string[]): string {
  if (otherPaths.length === 0) return `${basename(first)} is`
  return `${basename(first)} and ${otherPaths.length} more are`
}
