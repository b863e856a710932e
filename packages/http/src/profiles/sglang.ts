import * as z from 'zod'
import { openAiChat } from '../chat/openai-chat.ts'
import { openAiCompletions } from '../completions/openai-completions.ts'
import { nameInPath } from '../model-names.ts'
import { modelList, ownedBy } from './model-list.ts'
import type { ModelProbe, Profile } from './profile.ts'
import { tokenIdsProbe } from './token-ids-probe.ts'

/**
 * Completions take and return token ids since `return_token_ids` of July 2026; the older
 * `/generate` repeats all ids with each token. The log-probabilities are those after the
 * temperature, which is not the contract's meaning.
 * @see https://github.com/sgl-project/sglang/pull/30917
 * @see https://github.com/sgl-project/sglang, srt/entrypoints/openai/serving_completions.py
 */
const completions = openAiCompletions({
  server: 'sglang',
  logprobs: false,
  serverFields: ({ grammar }) => ({
    return_token_ids: true,
    ...(grammar !== undefined && { ebnf: grammar }),
  }),
})

const modelInfoSchema = z.object({ model_path: z.string() })

/** The list of models repeats an alias in place of the model's own name. */
const modelInfoProbe: ModelProbe = {
  path: '/model_info',
  read(response) {
    const name = nameInPath(modelInfoSchema.safeParse(response).data?.model_path ?? '')
    return name === undefined ? undefined : { name }
  },
}

/** The same in older versions. */
const olderModelInfoProbe: ModelProbe = {
  ...modelInfoProbe,
  path: '/get_model_info',
  unlessKnown: 'name',
}

/** @see https://docs.sglang.io/basic_usage/sampling_params.html */
export const sglang: Profile = {
  name: 'sglang',
  identify: ownedBy('sglang'),
  models: modelList,
  healthPath: '/health',
  describe: [tokenIdsProbe('return_token_ids'), modelInfoProbe, olderModelInfoProbe],
  completions,
  chat: openAiChat({
    server: 'sglang',
    templateArgumentsField: 'chat_template_kwargs',
    thoughtFields: ['reasoning_content'],
    continuation: {
      form: 'appended',
      fields: { continue_final_message: true },
      // It makes a last reply that is a string, and not a list, a message of the user.
      answerFields: (messages) => ({
        messages: messages.map((message, index) =>
          index === messages.length - 1
            ? { ...message, content: [{ type: 'text', text: message['content'] }] }
            : message,
        ),
      }),
    },
    serverFields: { separate_reasoning: true, stream_reasoning: true },
    forcesTools: true,
    schema: true,
  }),
}
