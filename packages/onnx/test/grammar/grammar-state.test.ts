import type { Vocabulary } from '@nano/chat/tokenizer'
import { expect, it } from 'vitest'
import { grammarCompiler } from '../../src/grammar/grammar-compiler.ts'
import { grammarState, type LibraryMatcher } from '../../src/grammar/grammar-state.ts'
import { type GrammarMatcher, loadXGrammar, type XGrammar } from '../../src/grammar/xgrammar.ts'

const texts = ['1', '2', '3', '<end>']
const endToken = texts.indexOf('<end>')
const vocabulary: Vocabulary = {
  addedTokens: [],
  size: texts.length,
  tokenCount: texts.length,
  piece: (id) => ({ bytes: new TextEncoder().encode(texts[id]), isControl: id === endToken }),
}

type Place = 'createGrammarMatcher' | 'getNextTokenBitmask' | 'acceptToken'

/** A compiler whose first library crashes in one place from `crash()` on. */
async function crashingCompiler(place: Place) {
  let loadCount = 0
  let isCrashed = false
  const crashAt = (reached: Place) => {
    // Its name is what tells a crash from other errors.
    if (isCrashed && reached === place)
      throw Object.assign(new Error('unreachable'), { name: 'RuntimeError' })
  }
  const wrapMatcher = (matcher: GrammarMatcher): GrammarMatcher => ({
    acceptToken(token) {
      crashAt('acceptToken')
      return matcher.acceptToken(token)
    },
    async getNextTokenBitmask() {
      crashAt('getNextTokenBitmask')
      return matcher.getNextTokenBitmask()
    },
    rollBack: (count) => matcher.rollBack(count),
    dispose: () => matcher.dispose(),
  })
  function loadLibrary(): XGrammar {
    const library = loadXGrammar()
    loadCount++
    if (loadCount > 1) return library
    const { Grammar, TokenizerInfo, GrammarCompiler, GrammarMatcher } = library
    return {
      Grammar,
      TokenizerInfo,
      GrammarCompiler,
      GrammarMatcher: {
        async createGrammarMatcher(...args) {
          crashAt('createGrammarMatcher')
          return wrapMatcher(await GrammarMatcher.createGrammarMatcher(...args))
        },
      },
    }
  }
  const compiler = await grammarCompiler({ vocabulary, endTokens: [endToken], loadLibrary })
  const crash = () => {
    isCrashed = true
  }
  return { createState: compiler.createState, crash }
}

type State = Awaited<ReturnType<Awaited<ReturnType<typeof crashingCompiler>>['createState']>>

async function nextTexts(state: State): Promise<readonly string[]> {
  const maskedLogits = await state.maskLogits(new Float32Array(texts.length))
  return texts.filter((_, token) => maskedLogits[token] === 0)
}

it.each<Place>(['createGrammarMatcher', 'getNextTokenBitmask', 'acceptToken'])(
  'a crash in %s ends its own reply alone, and the next one works',
  async (place) => {
    const { createState, crash } = await crashingCompiler(place)
    const otherState = await createState('root ::= "12" "3"')
    otherState.acceptToken(0)
    crash()
    const reply = async () => {
      const state = await createState('root ::= "2"')
      await state.maskLogits(new Float32Array(texts.length))
      state.acceptToken(1)
    }
    await expect(reply()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('unreachable'),
    })
    expect(await nextTexts(otherState)).toEqual(['2'])
    expect(await nextTexts(await createState('root ::= "3"'))).toEqual(['3'])
    otherState.acceptToken(1)
    expect(await nextTexts(otherState)).toEqual(['3'])
    otherState.dispose()
  },
)

it('a state that is disposed of meanwhile frees its matcher in a new library', async () => {
  const disposedMatchers: string[] = []
  const libraryMatcher = (name: string, isCurrent: boolean) => ({
    matcher: {
      acceptToken: () => true,
      rollBack() {},
      getNextTokenBitmask: async () => new Int32Array(1),
      dispose: () => void disposedMatchers.push(name),
    },
    isCurrent: () => isCurrent,
    toError: (cause: unknown) => cause,
  })
  const { promise: nextMatcher, resolve } = Promise.withResolvers<LibraryMatcher>()
  const state = grammarState(libraryMatcher('first', false), () => nextMatcher, texts)
  const masking = state.maskLogits(new Float32Array(texts.length))
  state.dispose()
  resolve(libraryMatcher('next', true))
  await expect(masking).rejects.toMatchObject({ code: 'internal' })
  expect(disposedMatchers).toEqual(['next'])
})
