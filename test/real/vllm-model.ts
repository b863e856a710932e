import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { templateFormat } from '@nano/chat'
import type { Model } from '@nano/core'
import { openHttp } from '@nano/http'
import type { ServerProcess } from '../../scripts/serve/run-server.ts'
import { serveWithVllm } from './vllm-server.ts'

/** A model behind a vLLM of its own, which starts when it is first asked for. */
export function vllmModel(folder: string, args: readonly string[] = []) {
  let serverProcess: Promise<ServerProcess> | undefined
  const start = async () => (await (serverProcess ??= serveWithVllm(folder, { args }))).url
  return {
    /** The prompt is rendered here, with the template of the folder. */
    async openCompletions(): Promise<Model> {
      return openHttp({ url: await start(), mode: 'completions', ...readTemplate(folder) })
    },
    /** The prompt is rendered by the server. */
    async openChat(): Promise<Model> {
      return openHttp({ url: await start(), mode: 'chat' })
    },
    async close(): Promise<void> {
      await (await serverProcess)?.close()
    },
  }
}

interface Tokenizer extends Record<string, unknown> {
  readonly added_tokens: readonly { readonly content: string; readonly special: boolean }[]
}

function readTemplate(folder: string) {
  const readText = (name: string) => readFileSync(join(folder, name), 'utf8')
  const tokenizer = JSON.parse(readText('tokenizer.json')) as Tokenizer
  const controlTokens = tokenizer.added_tokens
    .filter(({ special }) => special)
    .map(({ content }) => content)
  return {
    tokenizer,
    format: templateFormat({ template: readText('chat_template.jinja'), controlTokens }),
  }
}
