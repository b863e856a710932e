/**
 * A module that uses core and http alone. `askServer(url)` gives what a scripted model says behind
 * all middleware, and what the embedded model answers behind a llama-server.
 */
export const askServer = `
import { memoryStore, Model, NanoError, standard } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { openHttp } from '@nano/http'

export async function askServer(url) {
  const driver = scripted({ reply: () => ['nine', 'teen'], contextLength: 2000 })
  const options = { cache: memoryStore(), limit: 2, timeout: { total: 30_000 } }
  const model = new Model(driver, standard(options))
  const { text } = await model.generate('What is 12 + 7?')
  await model.close()

  const fault = await model.generate('What is 12 + 7?').catch((error) => error)
  const code = NanoError.is(fault) ? fault.code : String(fault)

  const servedModel = await openHttp({ url })
  const sampling = { temperature: 0 }
  const request = { messages: 'What is 12 + 30?', reasoning: 'on', sampling }
  const reply = await servedModel.generate(request)
  const abort = await abortAtFirstPart(servedModel, request)
  await servedModel.close()
  return { scripted: text, code, served: reply.text, abort }
}

async function abortAtFirstPart(model, request) {
  const controller = new AbortController()
  try {
    for await (const _ of model.stream(request, { signal: controller.signal }))
      controller.abort('left')
  } catch (error) {
    return error
  }
}
`
/** What askServer() gives where all is well. */
export const serverAnswers = {
  scripted: 'nineteen',
  code: 'closed',
  served: '42',
  abort: 'left',
}

/** A module that runs the embedded model in its own process; `askLocally()` gives both answers. */
export const askLocally = `
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'

const schema = { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] }

export async function askLocally() {
  return { llamaCpp: await ask(openLlamaCpp), onnx: await ask(openOnnx) }
}

async function ask(open) {
  const model = await open({ model: 'tiny' })
  const messages = 'What is 12 + 30?'
  const { text } = await model.generate({ messages, reasoning: 'on', sampling: { temperature: 0 } })
  // Replies that hold to a schema take another library, which is written in WebAssembly for onnx.
  const answer = await model.generate({ messages, reasoning: 'off', schema, maxTokens: 40 })
  await model.close()
  return { text, keys: Object.keys(JSON.parse(answer.text)) }
}
`
/** What askLocally() gives where all is well. */
export const localAnswers = {
  llamaCpp: { text: '42', keys: ['sum'] },
  onnx: { text: '42', keys: ['sum'] },
}

/** A main program that prints what a function of a module beside it gives. */
export function printResult(call: string, file: string): string {
  const name = call.slice(0, call.indexOf('('))
  return `import { ${name} } from './${file}'\nconsole.log(JSON.stringify(await ${call}))\n`
}
