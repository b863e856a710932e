import { NanoError } from '../error.ts'

/** The oldest Node on which adapters with a native runtime work; `engines` says the same. */
const minNodeVersion = [22, 19] as const

/** Throws `unsupported` where there is no Node, or one older than 22.19. */
export function assertNodeVersion(adapter: string): void {
  const { node } = globalThis.process?.versions ?? {}
  const [major = 0, minor = 0] = (node ?? '').split('.').map(Number)
  if (major > minNodeVersion[0] || (major === minNodeVersion[0] && minor >= minNodeVersion[1]))
    return
  throw new NanoError(
    'unsupported',
    `${adapter} needs Node ${minNodeVersion.join('.')} or newer, and this is ` +
      (node === undefined ? 'not Node' : `Node ${node}`),
  )
}
