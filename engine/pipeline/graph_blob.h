#pragma once

#include <string>

#include "pipeline/pipeline.h"
#include "result/result.h"

namespace stepcache::pipeline {

// A pipeline's shape as bytes, kept once by digest with the runs that had it: names, ports, types, edges; no values.
// Equal shapes give equal bytes. The layout is docs/formats/graph_blob.md.
std::string encode_graph(const Pipeline& pipeline);
// Bytes to a pipeline without parameter values. Errors: damaged.
Result<Pipeline> decode_graph(std::string_view blob);

}  // namespace stepcache::pipeline
