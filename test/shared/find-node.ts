import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface FoundNode {
  /** The major version, such as `22`. */
  readonly line: string
  readonly path: string
  /** Why there is none. */
  readonly missing?: string
}

/** The Node that runs here where it is of that line, else one from npm. */
export async function findNode(line: string): Promise<FoundNode> {
  if (process.versions.node.startsWith(`${line}.`)) return { line, path: process.execPath }
  try {
    const { stdout } = await run('npx', ['-y', `node@${line}`, '-p', 'process.execPath'])
    return { line, path: stdout.trim() }
  } catch {
    return { line, path: '', missing: `npm has no Node ${line} here` }
  }
}
