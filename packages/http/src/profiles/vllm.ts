import * as z from 'zod'
import { openAiChat, type OpenAiChatOptions } from '../chat/openai-chat.ts'
import type { CompletionsDialect } from '../completions/completions-dialect.ts'
import { openAiCompletions } from '../completions/openai-completions.ts'
import type { ServerName } from '../server-names.ts'
import { renderedThoughtProbe } from './continuation-probe.ts'
import { modelList, ownedBy } from './model-list.ts'
import { openedThoughtProbe } from './opened-thought-probe.ts'
import type { Profile } from './profile.ts'
import { tokenIdsProbe } from './token-ids-probe.ts'
import { tokenizerInfoProbe } from './tokenizer-info-probe.ts'

/**
 * Completions take and return token ids since `return_token_ids` of 2025. The log-probabilities are
 * those of the raw logits, unless the server was started with another `--logprobs-mode`. A server
 * with `--reasoning-parser` ignores grammars silently.
 * @see https://github.com/vllm-project/vllm, vllm/entrypoints/openai/completion/protocol.py
 * @see https://github.com/vllm-project/vllm/issues/57726
 */
export function vllmCompletions(server: ServerName): CompletionsDialect {
  return openAiCompletions({
    server,
    logprobs: true,
    serverFields: ({ grammar, logprobs }) => ({
      return_token_ids: true,
      ...(grammar !== undefined && { structured_outputs: { grammar } }),
      ...(logprobs !== undefined && { logprobs, return_tokens_as_token_ids: true }),
    }),
  })
}

/** The chat of vLLM, and of a NIM, which contains it. */
export const vllmChatOptions: Omit<OpenAiChatOptions, 'server'> = {
  templateArgumentsField: 'chat_template_kwargs',
  // Versions before and after the end of 2025.
  thoughtFields: ['reasoning_content', 'reasoning'],
  continuation: {
    form: 'rendered',
    fields: { continue_final_message: true, add_generation_prompt: false },
  },
  forcesTools: true,
  // Without it, the input of a demanded call does not satisfy the parameters. Templates print it,
  // so a call that is only offered goes without.
  demandedToolFields: { strict: true },
  schema: true,
}

const countSchema = z.object({ count: z.int() })
const textSchema = z.object({ prompt: z.string() })

/** @see https://docs.vllm.ai/en/latest/serving/openai_compatible_server/ */
export const vllm: Profile = {
  name: 'vllm',
  identify: ownedBy('vllm'),
  models: modelList,
  listsEveryModel: true,
  healthPath: '/health',
  describe: [
    tokenIdsProbe('return_token_ids'),
    tokenizerInfoProbe,
    renderedThoughtProbe,
    openedThoughtProbe,
  ],
  completions: vllmCompletions('vllm'),
  chat: openAiChat({
    ...vllmChatOptions,
    server: 'vllm',
    logprobs: {
      minTop: 0,
      withTools: true,
      fields: { return_tokens_as_token_ids: true },
      tokenText: {
        path: '/detokenize',
        encode: (model, token) => ({ model, tokens: [token] }),
        decode: (response) => textSchema.parse(response).prompt,
      },
    },
    promptCount: {
      path: '/tokenize',
      encode: selectPromptFields,
      decode: (response) => countSchema.parse(response).count,
    },
  }),
}

/** The fields of a chat that its prompt is rendered from. */
const promptFields: readonly string[] = [
  'model',
  'messages',
  'tools',
  'chat_template_kwargs',
  'continue_final_message',
  'add_generation_prompt',
]

function selectPromptFields(chatBody: object): object {
  return Object.fromEntries(
    Object.entries(chatBody).filter(([field]) => promptFields.includes(field)),
  )
}
