#pragma once

#include <string_view>

#include "lineage/lineage_graph.h"
#include "metadata/records.h"

// The colours of lineage, the same in every picture.
namespace stepcache::lineage {

struct Paint {
  std::string_view fill;
  std::string_view outline;
  std::string_view ink;  // of text on `fill`; at least 4.5 : 1 (WCAG 2.1, AA)
};

// completed #22577A, cached #BFD7B5, running #FFB100, failed #AD5D4E; pending and skipped a grey outline, cancelled
// grey.
const Paint& paint_of(metadata::StepStatus status);
// An artifact, by the state of the edge that made it: tints of the above.
const Paint& paint_of(EdgeState made);
const Paint& external_paint();

constexpr std::string_view k_background = "#FFFFFF";
constexpr std::string_view k_ink = "#1F2933";
constexpr std::string_view k_quiet_ink = "#52606D";  // second lines
constexpr std::string_view k_edge = "#52606D";
constexpr std::string_view k_expected_edge = "#B8C2CC";
constexpr std::string_view k_focus = "#FFB100";

}  // namespace stepcache::lineage
