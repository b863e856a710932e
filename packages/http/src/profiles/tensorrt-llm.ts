import { openAiChat } from '../chat/openai-chat.ts'
import { openAiCompletions } from '../completions/openai-completions.ts'
import { modelList, ownedBy } from './model-list.ts'
import type { Profile } from './profile.ts'
import { tokenIdsProbe } from './token-ids-probe.ts'

/**
 * Completions take token ids, and return them since `detokenize` of July 2025. Grammars need a
 * server that was started with a `guided_decoding_backend`. The log-probabilities of alternatives
 * come by text, which several tokens may share.
 * @see https://github.com/NVIDIA/TensorRT-LLM/pull/5382
 * @see https://nvidia.github.io/TensorRT-LLM/features/guided-decoding.html
 */
const completions = openAiCompletions({
  server: 'tensorrt-llm',
  logprobs: false,
  serverFields: ({ grammar }) => ({
    // Usage with each value reports the cached tokens from the first value on.
    stream_options: { include_usage: true, continuous_usage_stats: true },
    detokenize: false,
    // Otherwise the token ids lack the token that ends the turn.
    include_stop_str_in_output: true,
    ...(grammar !== undefined && { response_format: { type: 'ebnf', ebnf: grammar } }),
  }),
})

/**
 * The server rejects fields that it does not know, so requests contain only fields of its protocol.
 * @see https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/serve/openai_protocol.py
 */
export const tensorRtLlm: Profile = {
  name: 'tensorrt-llm',
  identify: ownedBy('tensorrt_llm'),
  models: modelList,
  describe: [tokenIdsProbe('detokenize')],
  completions,
  chat: openAiChat({
    server: 'tensorrt-llm',
    templateArgumentsField: 'chat_template_kwargs',
    refusesUnknownArguments: true,
    thoughtFields: [],
    schema: true,
  }),
}
