// One program for every environment: NANO_ENV says where the model runs, and after it is opened
// nothing depends on that.   development  in this process, on whatever it has: the embedded model
// (the default)   gpu          in this process, on a GPU where there is one: NANO_MODEL is the path
// of a GGUF   production   behind a server, vLLM or another: NANO_URL is its address, NANO_API_KEY
// its key if it wants one
import type { Message, Model } from '@nano/core'
import { openHttp } from '@nano/http'
import { openLlamaCpp } from '@nano/llama-cpp'

const { NANO_MODEL, NANO_URL, NANO_API_KEY } = process.env
const environment = process.env.NANO_ENV || 'development'

const environments: Readonly<Record<string, () => Promise<Model>>> = {
  development: () => openLlamaCpp({ model: 'tiny' }),
  gpu: () => openLlamaCpp({ model: given({ NANO_MODEL }), device: 'auto' }),
  production: () =>
    openHttp({ url: given({ NANO_URL }), ...(NANO_API_KEY && { apiKey: NANO_API_KEY }) }),
}

const open = environments[environment]
if (!open)
  throw new Error(`NANO_ENV is ${environment}, and can be ${Object.keys(environments).join(', ')}`)
const model = await open()
console.error(`${environment}: ${model.info.model} on ${model.info.device}`)

// From here on it is the same program.
let messages: readonly Message[] = []
for (const content of ['What is 348 * 27?', 'What is 700 - 58?']) {
  messages = [...messages, { role: 'user', content }]
  const { reasoning, text, message } = await model.generate({
    messages,
    reasoning: 'on',
    sampling: { temperature: 0 },
  })
  messages = [...messages, message]
  console.log(`${content}  ${text}   (${reasoning.split('\n').length} lines of thought)`)
}
await model.close()

function given(variable: Readonly<Record<string, string | undefined>>): string {
  const [[name, value] = []] = Object.entries(variable)
  if (!value)
    throw new Error(`NANO_ENV is ${environment}, which needs the environment variable ${name}`)
  return value
}
