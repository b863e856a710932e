import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { hasEnvironment, pythonOf } from '../../scripts/real-models/environments.ts'
import { startVllm } from '../../scripts/vllm/start.ts'
import type { ServerProcess } from '../../scripts/serve/run-server.ts'

/** Why there is no vLLM, where there is none. */
export const missingVllm = hasEnvironment(realFolder(), 'vllm')
  ? undefined
  : 'no vLLM among the real models: run npm run test:real on Linux'

interface ServeOptions {
  readonly args?: readonly string[]
  /** Absent, a free port. */
  readonly port?: number
}

/** Serves a Hugging Face folder under the name `real`. */
export function serveWithVllm(model: string, options: ServeOptions = {}): Promise<ServerProcess> {
  return startVllm({ python: pythonOf(realFolder(), 'vllm'), model, name: 'real', ...options })
}
