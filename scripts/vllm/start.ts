import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

export interface StartVllmOptions {
  /** The Python of an environment with vLLM. */
  readonly python: string
  /** A Hugging Face folder. */
  readonly model: string
  /** The name that requests use. */
  readonly name: string
  /** Absent: a free port. */
  readonly port?: number
  /** Further arguments of vLLM. */
  readonly args?: readonly string[]
  /** Ends the server, also while it starts. */
  readonly signal?: AbortSignal
}

/** A vLLM that serves one model. */
export interface VllmServer {
  readonly url: string
  /** Of its first process; the group of its processes has the same one. */
  readonly pid: number
  /** Rejects with the server's last output when it ends by itself. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** Milliseconds in which it must be ready. */
const startTimeout = 600_000
const environment = {
  // GB.
  VLLM_CPU_KVCACHE_SPACE: '1',
  // Several threads wait for each other in a loop where other programs run.
  VLLM_CPU_OMP_THREADS_BIND: 'nobind',
  OMP_NUM_THREADS: '1',
  VLLM_NO_USAGE_STATS: '1',
  HF_HUB_OFFLINE: '1',
}

/** Serves a model with vLLM on the CPU in float32, and waits until it answers. */
export async function startVllm({
  python,
  model,
  name,
  port,
  args = [],
  signal,
}: StartVllmOptions): Promise<VllmServer> {
  const actualPort = port ?? (await findFreePort())
  const options =
    `--host 127.0.0.1 --port ${actualPort} --max-model-len 2048 --served-model-name ${name} ` +
    '--dtype float32 --enforce-eager'
  // Its own program `vllm` looks for a package of that name.
  const program = ['-m', 'vllm.entrypoints.openai.api_server', '--model', model]
  const child = spawn(python, [...program, ...options.split(' '), ...args], {
    // A group of its own, so that its engine ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = `${output}${chunk}`.slice(-4_000)))
  const exit = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('exit', (code, exitSignal) => resolve(`it ended with ${exitSignal ?? code}`))
  })
  let isRunning = true
  let isClosing = false
  const ended = exit.then((reason) => {
    isRunning = false
    killGroup(child.pid)
    if (!isClosing)
      throw new Error(`vLLM with ${model} at port ${actualPort}: ${reason}\n${output}`)
  })
  // A rejection that nobody waits for is no fault of this process.
  ended.catch(() => {})
  const killAtExit = () => killGroup(child.pid)
  process.once('exit', killAtExit)

  const url = `http://127.0.0.1:${actualPort}`
  const close = async () => {
    isClosing = true
    // A paused server handles no other signal.
    killGroup(child.pid)
    await ended.catch(() => {})
    process.off('exit', killAtExit)
  }
  try {
    await Promise.race([waitUntilReady(url, () => isRunning && !signal?.aborted), ended])
    signal?.throwIfAborted()
  } catch (error) {
    await close()
    throw error
  }
  return { url, pid: child.pid ?? 0, ended, close }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}

async function waitUntilReady(url: string, isWaiting: () => boolean): Promise<void> {
  const startedAt = performance.now()
  while (isWaiting() && performance.now() - startedAt < startTimeout) {
    const isReady = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`vLLM at ${url} was not ready within ${startTimeout / 1_000} seconds`)
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}
