import { npmTool } from './npm-tool.ts'

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
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  const program = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
  return { line, ...(await npmTool({ name, version: line, program: `${name}/${program}` })) }
}
