export { encodeModel, type TensorLocation } from './graph/encode-model.ts'
export { GraphBuilder } from './graph/graph-builder.ts'
export { type OnnxGraph, type OnnxNode, type OnnxValue } from './graph/onnx-graph.ts'
export { keepLastLogits } from './keep-last-logits.ts'
export { addTokenLoop } from './loop/add-token-loop.ts'
export { createLoopFeeds, loopInputs, type LoopFeed, type LoopRun } from './loop/loop-feeds.ts'
export { type EncodedMessage } from './protobuf/encode-fields.ts'
export { dropValueInfos } from './drop-value-infos.ts'
export { inspectNodes, type NodeFacts } from './inspect-nodes.ts'
export { listWeightFiles, renameWeightFiles } from './rename-weight-files.ts'
export { setAttentionWindow, type AttentionWindow } from './set-attention-window.ts'
export { addStaticCache, type StaticCacheOptions } from './static-cache/add-static-cache.ts'
export { findCacheOutputs } from './static-cache/group-query-attention.ts'
export {
  computeOnnxTensorSize,
  fromFloat16,
  type ByteSource,
  type OnnxTensor,
  type OnnxType,
} from './tensor.ts'
