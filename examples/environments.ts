// One program for every environment. NANO_ENV says where the model runs:
//
// - development, the default: the embedded model, in this process.
// - gpu: the GGUF whose path is NANO_MODEL, on the best device there is.
// - production: the server whose address is NANO_URL, such as vLLM. NANO_API_KEY is its key.
import type { Message, Model } from '@nano/core'
import { openHttp } from '@nano/http'
import { openLlamaCpp } from '@nano/llama-cpp'

const { NANO_MODEL, NANO_URL, NANO_API_KEY } = process.env
const environment = process.env.NANO_ENV || 'development'

const environments: Readonly<Record<string, () => Promise<Model>>> = {
  development: () => openLlamaCpp({ model: 'tiny' }),
  gpu: () => openLlamaCpp({ model: readVariable({ NANO_MODEL }), device: 'auto' }),
  production: () =>
    openHttp({ url: readVariable({ NANO_URL }), ...(NANO_API_KEY && { apiKey: NANO_API_KEY }) }),
}

const open = environments[environment]
if (!open)
  throw new Error(`NANO_ENV is ${environment}, and can be ${Object.keys(environments).join(', ')}`)
const model = await open()
console.error(`${environment}: ${model.info.model} on ${model.info.device}`)

// The rest of the program is the same in every environment.
let messages: readonly Message[] = []
for (const content of ['What is 348 * 27?', 'What is 700 - 58?']) {
  messages = [...messages, { role: 'user', content }]
  const { reasoning, text, message } = await model.generate({
    messages,
    sampling: { temperature: 0 },
  })
  messages = [...messages, message]
  console.log(`${content}  ${text}   (${reasoning.split('\n').length} lines of thought)`)
}
await model.close()

function readVariable(variable: Readonly<Record<string, string | undefined>>): string {
  const [[name, value] = []] = Object.entries(variable)
  if (!value)
    throw new Error(`NANO_ENV is ${environment}, which needs the environment variable ${name}`)
  return value
}
