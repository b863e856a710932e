import { NanoError } from '../error.ts'

/** The oldest Node that adapters with a native runtime work on; `engines` says the same. */
const oldest = [22, 19] as const

/** Throws `unsupported` where there is no Node, or one older than 22.19. */
export function assertNodeVersion(adapter: string): void {
  const { node } = globalThis.process?.versions ?? {}
  const [major = 0, minor = 0] = (node ?? '').split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  throw new NanoError(
    'unsupported',
    `${adapter} needs Node ${oldest.join('.')} or newer, and this is ` +
      (node === undefined ? 'not Node' : `Node ${node}`),
  )
}
