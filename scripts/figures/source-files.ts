import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** The sources of all packages. */
export function readSourceFiles(root: string): readonly SourceFile[] {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join('packages', name, 'src')
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file))
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  })
}

/** The share of lines that are wider than so many columns, from 0 to 1. */
export function shareOfWideLines(files: readonly SourceFile[], columns: number): number {
  const lines = files.flatMap(({ text }) => text.split('\n'))
  return lines.filter((line) => [...line].length > columns).length / lines.length
}
