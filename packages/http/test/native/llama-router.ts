import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { startLlamaServer } from '../../../../scripts/llama-server/start.ts'
import type { ServerProcess } from '../../../../scripts/serve/run-server.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'

/** Starts a real llama-server that routes to the GGUF files of a folder, until the test ends. */
export async function startRouter(modelFolder: string): Promise<ServerProcess> {
  const installation = inject('llamaServer')
  if (!('path' in installation)) throw new Error('there is no llama-server')
  const isUnpacked = existsSync(join(dirname(installation.path), 'root'))
  const folder = temporaryFolder()
  const path = isUnpacked ? join(folder, 'llama-server') : installation.path
  if (isUnpacked) cpSync(dirname(installation.path), folder, { recursive: true })
  const server = await startLlamaServer({
    path,
    args: ['--models-dir', modelFolder, '-c', '2048', '-t', '1', '--no-webui'],
  })
  onTestFinished(() => server.close())
  if (isUnpacked) replaceLoader(folder, path)
  return server
}

/**
 * A router starts servers by the path of its own program. One from unpacked packages runs behind
 * the loader of their C library, so once the router runs, its start script takes the place of the
 * loader.
 */
function replaceLoader(folder: string, path: string): void {
  const script = readFileSync(path, 'utf8')
  const loader = /"\$here\/(\S+\/loader)"/.exec(script)?.[1] ?? ''
  const root = join(folder, 'root')
  renameSync(join(root, loader), join(root, `${loader}.real`))
  writeFileSync(
    join(root, loader),
    script.replace(/^here=.*$/m, `here=${root}`).replace(loader, `${loader}.real`),
    { mode: 0o755 },
  )
}
