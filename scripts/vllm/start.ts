import { spawn } from 'node:child_process'
import { findFreePort, runServer, type ServerProcess } from '../serve/run-server.ts'

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
}: StartVllmOptions): Promise<ServerProcess> {
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
  const kill = () => killGroup(child.pid)
  process.once('exit', kill)
  return runServer({
    name: `vLLM with ${model}`,
    child,
    port: actualPort,
    readOutput() {
      // Its engine may be left.
      kill()
      process.off('exit', kill)
      return output
    },
    kill,
    timeout: startTimeout,
    signal,
  })
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}
