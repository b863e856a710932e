import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { hasEnvironment, pythonOf } from '../../scripts/real-models/environments.ts'

/** A vLLM that serves one model. */
export interface VllmServer {
  readonly url: string
  close(): Promise<void>
}

/** Why there is no vLLM, where there is none. */
export const missingVllm = hasEnvironment(realFolder(), 'vllm')
  ? undefined
  : 'no vLLM among the real models: run npm run test:real on Linux'

/** Milliseconds. */
const startTimeout = 600_000

/** Serves a Hugging Face folder with a real vLLM on the CPU, in float32. */
export async function startVllm(model: string, args: readonly string[] = []): Promise<VllmServer> {
  const port = await findFreePort()
  const options =
    `--host 127.0.0.1 --port ${port} --max-model-len 2048 --served-model-name real ` +
    '--dtype float32 --enforce-eager'
  const program = ['-m', 'vllm.entrypoints.openai.api_server']
  const child = spawn(
    pythonOf(realFolder(), 'vllm'),
    [...program, '--model', model, ...options.split(' '), ...args],
    {
      // A group of its own, so that its engine ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        VLLM_CPU_KVCACHE_SPACE: '1',
        // Several threads wait for each other in a loop where other programs run.
        VLLM_CPU_OMP_THREADS_BIND: 'nobind',
        OMP_NUM_THREADS: '1',
        VLLM_NO_USAGE_STATS: '1',
        HF_HUB_OFFLINE: '1',
      },
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk}`.slice(-4_000)))
  const ended = once(child, 'exit')
  const close = async () => {
    if (child.exitCode !== null || child.pid === undefined) return
    process.kill(-child.pid, 'SIGKILL')
    await ended
  }

  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  while (!(await isReady(url))) {
    const hasEnded = child.exitCode !== null
    if (hasEnded || performance.now() - startedAt > startTimeout) {
      await close()
      throw new Error(`vLLM ${hasEnded ? 'ended' : 'was not ready in time'}:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return { url, close }
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}
