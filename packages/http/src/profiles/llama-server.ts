import * as z from 'zod'
import { openAiChat } from '../chat/openai-chat.ts'
import { llamaServerCompletions } from '../completions/llama-server-completions.ts'
import { modelList } from './model-list.ts'
import { nameInPath } from '../model-names.ts'
import { continuationProbe } from './continuation-probe.ts'
import type { ModelProbe, Profile, ServedModel } from './profile.ts'

const propsSchema = z.object({
  default_generation_settings: z.object({ n_ctx: z.int() }),
  chat_template: z.string().optional(),
  bos_token: z.string().optional(),
  eos_token: z.string().optional(),
  model_path: z.string().optional(),
  model_ftype: z.string().optional(),
  chat_template_caps: z
    .object({ supports_parallel_tool_calls: z.boolean() })
    .partial()
    .optional()
    .catch(undefined),
})
const piecesSchema = z.object({ tokens: z.array(z.object({ piece: z.unknown().optional() })) })
const listSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      meta: z.object({ n_vocab: z.int(), n_params: z.int() }).partial().nullish(),
    }),
  ),
})
const tokensSchema = z.object({ tokens: z.array(z.int()) })
const textSchema = z.object({ content: z.string() })
const countSchema = z.object({ input_tokens: z.int() })

const propsProbe: ModelProbe = { path: '/props', read: readProps }
/** A router answers for the model that the request names. */
const namedPropsProbe: ModelProbe = {
  ...propsProbe,
  unlessKnown: 'contextLength',
  namesModel: true,
}

/**
 * The server of llama.cpp.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
 */
export const llamaServer: Profile = {
  name: 'llama-server',
  identify: {
    path: '/props',
    read: (response) => propsSchema.safeParse(response).success || undefined,
  },
  models: modelList,
  listsEveryModel: true,
  healthPath: '/health',
  describe: [
    propsProbe,
    namedPropsProbe,
    prependedTokenProbe(),
    metadataProbe(),
    continuationProbe,
  ],
  tokenizer: {
    path: '/tokenize',
    encodeText: (content) => ({ content, add_special: false, parse_special: false }),
    encodeControls: (content) => ({ content, add_special: false, parse_special: true }),
    decodeTokens: (response) => tokensSchema.parse(response).tokens,
    detokenizePath: '/detokenize',
    encodeTokens: (tokens) => ({ tokens }),
    decodeText: (response) => textSchema.parse(response).content,
  },
  completions: llamaServerCompletions,
  chat: openAiChat({
    server: 'llama-server',
    templateArgumentsField: 'chat_template_kwargs',
    thoughtFields: ['reasoning_content'],
    serverFields: { cache_prompt: true },
    continuation: {
      // Older versions go on with a last reply without being told to.
      fields: { continue_final_message: true, add_generation_prompt: false },
      // It goes on with each last reply: here with an empty one behind that of the request.
      answerFields: (messages, isReasoning) => ({
        messages: [...messages, { role: 'assistant', content: [{ type: 'text', text: '' }] }],
        continue_final_message: isReasoning ? 'reasoning_content' : 'content',
        add_generation_prompt: false,
      }),
    },
    takesParallelCalls: true,
    logprobs: { minTop: 1, withTools: false },
    promptCount: {
      path: '/v1/chat/completions/input_tokens',
      encode: (chatBody) => chatBody,
      decode: (response) => countSchema.parse(response).input_tokens,
    },
    forcesTools: true,
    ignoresNamedChoice: true,
    schema: true,
  }),
}

function readProps(response: unknown): ServedModel | undefined {
  const props = propsSchema.safeParse(response).data
  if (!props) return undefined
  const { n_ctx: contextLength } = props.default_generation_settings
  // A router, which has several models, describes itself with an empty context.
  if (contextLength === 0) return {}
  const name = nameInPath(props.model_path ?? '')
  const callsInParallel = props.chat_template_caps?.supports_parallel_tool_calls
  return {
    contextLength,
    ...(name !== undefined && { name }),
    ...(props.chat_template && { chatTemplate: props.chat_template }),
    ...(props.bos_token && { bosToken: props.bos_token }),
    ...(props.eos_token && { eosToken: props.eos_token }),
    ...(props.model_ftype && { quantization: props.model_ftype }),
    ...(callsInParallel !== undefined && { callsInParallel }),
  }
}

/** A tokenizer that puts a token before each prompt puts it before an empty one too. */
function prependedTokenProbe(): ModelProbe {
  return {
    path: '/tokenize',
    body: (model) => ({
      model,
      content: '',
      add_special: true,
      parse_special: false,
      with_pieces: true,
    }),
    read(response) {
      const [first] = piecesSchema.safeParse(response).data?.tokens ?? []
      return typeof first?.piece === 'string' ? { prependedToken: first.piece } : {}
    },
  }
}

function metadataProbe(): ModelProbe {
  return {
    path: '/v1/models',
    read(response, model) {
      const { data } = listSchema.safeParse(response)
      const meta = data?.data.find(({ id }) => id === model)?.meta
      return {
        ...(meta?.n_vocab !== undefined && { vocabularySize: meta.n_vocab }),
        ...(meta?.n_params !== undefined && { parameters: meta.n_params }),
      }
    },
  }
}
