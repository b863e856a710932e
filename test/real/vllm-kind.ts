import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHttp } from '@nano/http'
import { onnx } from '@nano/tiny'
import { embeddedArguments, embeddedFolder } from '../../scripts/vllm/embedded-folder.ts'
import type { ChaosKind, ChaosServer } from '../shared/chaos/chaos-server.ts'
import { missingVllm, serveWithVllm } from './vllm-server.ts'

/** The tokenizer of the embedded model. */
const tokenizer = JSON.parse(readFileSync(join(onnx.genai, 'tokenizer.json'), 'utf8')) as Record<
  string,
  unknown
>

/** vLLM with the embedded model. */
export const vllmKind: ChaosKind = {
  name: 'vLLM',
  missing: missingVllm,
  start: startServer,
  async startHanging() {
    const server = await startServer()
    // The process that computes; the one that answers requests goes on.
    return { ...server, hang: async () => void process.kill(server.enginePid(), 'SIGSTOP') }
  },
  open: (options) => openHttp({ tokenizer, ...options }),
}

async function startServer(): Promise<ChaosServer & { readonly enginePid: () => number }> {
  const model = await embeddedFolder()
  const args = embeddedArguments
  let server = await serveWithVllm(model, { args })
  const { url } = server
  return {
    url,
    enginePid: () => findEngine(server.pid),
    async countRunning() {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      const counts = metrics.matchAll(/^vllm:num_requests_(?:running|waiting)\{.*\} (\S+)$/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    },
    pause: () => void process.kill(-server.pid, 'SIGSTOP'),
    resume: () => void process.kill(-server.pid, 'SIGCONT'),
    kill: () => server.close(),
    async restart() {
      server = await serveWithVllm(model, { args, port: Number(new URL(url).port) })
    },
  }
}

function findEngine(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const engine = children.find((child) =>
    readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('VLLM::Engine'),
  )
  if (engine === undefined) throw new Error(`vLLM at process ${pid} has no engine of its own`)
  return Number(engine)
}
