#include "lineage/palette.h"

namespace stepcache::lineage {

const Paint& paint_of(metadata::StepStatus status) {
  static constexpr Paint k_completed{"#22577A", "#22577A", "#FFFFFF"};
  static constexpr Paint k_cached{"#BFD7B5", "#7C9E6E", k_ink};
  static constexpr Paint k_running{"#FFB100", "#C98B00", k_ink};
  static constexpr Paint k_failed{"#AD5D4E", "#AD5D4E", "#FFFFFF"};
  static constexpr Paint k_outlined{"#FFFFFF", "#9AA5B1", k_quiet_ink};
  static constexpr Paint k_cancelled{"#C3CAD1", "#9AA5B1", k_ink};
  switch (status) {
    case metadata::StepStatus::completed:
      return k_completed;
    case metadata::StepStatus::cached:
      return k_cached;
    case metadata::StepStatus::running:
      return k_running;
    case metadata::StepStatus::failed:
      return k_failed;
    case metadata::StepStatus::cancelled:
      return k_cancelled;
    case metadata::StepStatus::pending:
    case metadata::StepStatus::skipped:
      break;
  }
  return k_outlined;
}

const Paint& paint_of(EdgeState made) {
  static constexpr Paint k_fresh{"#E9F1F6", "#22577A", k_ink};
  static constexpr Paint k_cached{"#F2F7EF", "#7C9E6E", k_ink};
  static constexpr Paint k_expected{"#FFFFFF", "#B8C2CC", k_quiet_ink};
  switch (made) {
    case EdgeState::fresh:
      return k_fresh;
    case EdgeState::cached:
      return k_cached;
    case EdgeState::expected:
      break;
  }
  return k_expected;
}

const Paint& external_paint() {
  static constexpr Paint k_paint{"#F7F8F9", "#7B8794", k_ink};
  return k_paint;
}

}  // namespace stepcache::lineage
