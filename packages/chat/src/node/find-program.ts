import { existsSync } from 'node:fs'
import { NanoError } from '@nano/core'

interface ProgramOptions {
  /** Of the file, without its extension. */
  readonly name: string
  /** `import.meta.url` of the module that the file lies beside. */
  readonly module: string
  /** Begins the message of an error, and names the package. */
  readonly adapter: string
  /** What else a user can do where a bundler has moved the code. */
  readonly alternative?: string
}

/** A file that a thread or a process of its own runs. */
interface Program {
  readonly url: URL
  /** Options for Node: the sources use those of the other packages too. */
  readonly execArgv: readonly string[]
}

/**
 * Finds a program beside a module, with the same extension: `.js` in the build, `.ts` in the
 * sources. Bundlers follow `new URL('./file', import.meta.url)`, and none of them can bundle an
 * adapter. Throws `unavailable` where there is none.
 */
export function findProgram({ name, module, adapter, alternative }: ProgramOptions): Program {
  const url = new URL(module.replace(/[^/]+(\.\w+)$/, `${name}$1`))
  if (!existsSync(url))
    throw new NanoError(
      'unavailable',
      `${adapter}: there is no file at ${url.href}. A bundler may have moved the code that ` +
        `starts it: keep @nano/${adapter} external${alternative ? `, or ${alternative}` : ''}`,
    )
  const isSource = url.pathname.endsWith('.ts')
  return { url, execArgv: isSource ? ['--conditions=@nano/source', '--no-warnings'] : [] }
}
