export { toByteLevel } from './token-bytes.ts'
export { type DetokenizeOptions, type Tokenizer, tokenizer } from './tokenizer.ts'
export { findTurnEnds, type TurnEndOptions } from './turn-ends.ts'
export { type TokenizerFiles, type Vocabulary, vocabulary } from './vocabulary.ts'
