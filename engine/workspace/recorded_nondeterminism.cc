#include "workspace/recorded_nondeterminism.h"

namespace stepcache::workspace {

std::shared_ptr<const scheduler::Nondeterministic> recorded_nondeterminism(Workspace& workspace, const Digest& key) {
  if (key.is_zero()) return nullptr;
  const auto found = workspace.metadata().nondeterminism_of(key);
  if (!found || found->empty()) return nullptr;
  const metadata::Nondeterminism& first = found->front();
  auto made = std::make_shared<scheduler::Nondeterministic>();
  made->output = first.output;
  made->difference = first.difference;
  if (const auto execution = workspace.metadata().execution(first.first_execution)) made->first_run = execution->run;
  return made;
}

}  // namespace stepcache::workspace
