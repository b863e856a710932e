import { openHttp } from '@nano/http'
import { gguf } from '@nano/tiny'
import type { FoundServer } from '../../../scripts/llama-server/find.ts'
import { startLlamaServer } from '../../../scripts/llama-server/start.ts'
import type { ChaosKind, ChaosServer } from './chaos-server.ts'
import { startProxy } from './start-proxy.ts'

const args = '--parallel 4 -c 8192 -t 1 -fa off --threads-http 80 --no-webui --slots'.split(' ')

export function llamaServerKind(installation: FoundServer): ChaosKind {
  async function start(): Promise<ChaosServer> {
    if ('missing' in installation) throw new Error(installation.missing)
    const options = { path: installation.path, model: gguf.F16, args, timeout: 120_000 }
    let server = await startLlamaServer(options)
    const { url } = server
    return {
      url,
      async countRunning() {
        const slots = (await (await fetch(`${url}/slots`)).json()) as readonly {
          readonly is_processing: boolean
        }[]
        return slots.filter((slot) => slot.is_processing).length
      },
      pause: () => void process.kill(server.pid, 'SIGSTOP'),
      resume: () => void process.kill(server.pid, 'SIGCONT'),
      kill: () => server.close(),
      async restart() {
        server = await startLlamaServer({ ...options, port: Number(new URL(url).port) })
      },
    }
  }

  return {
    name: 'llama-server',
    missing: 'missing' in installation ? installation.missing.split('\n')[0] : undefined,
    start,
    async startHanging() {
      const server = await start()
      const proxy = await startProxy(server.url)
      return {
        ...server,
        url: proxy.url,
        hang: () => proxy.setFaults({ isHung: true }),
        async kill() {
          await proxy.close()
          await server.kill()
        },
      }
    },
    open: openHttp,
  }
}
